"""What an exchanged token may say (RFC 8693): its scopes, and who acts for whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidParameter, ScopesNotGranted
from idp.user_pools.rules.scopes import SIGN_IN_SCOPE, STANDARD_SCOPES

MOST_ACTORS = 5
"""How long a chain of delegation may get, the present actor included."""


def granted_scopes(
    asked: Sequence[str] | None, held: Sequence[str], allowed: Collection[str]
) -> tuple[str, ...]:
    """ "The intersection of these requested scopes, the scopes of your SubjectToken, and the scopes
    that are allowed for the requesting app client" (GetDerivedToken, Scopes).

    Without a request it has "the same scopes as your SubjectToken", except for resource servers'
    that the client is not allowed: leaving the list out must not give more than naming it. Raises
    `ScopesNotGranted` where nothing of what was asked for can be granted.
    """
    if asked is None:
        return tuple(each for each in held if each in STANDARD_SCOPES or each in allowed)
    granted = tuple(each for each in dict.fromkeys(asked) if each in held and each in allowed)
    if not granted:
        raise ScopesNotGranted
    return granted


def scopes_of_id_token(family_scopes: Sequence[str]) -> tuple[str, ...]:
    """What an ID token is worth as a subject of an access token: whom it speaks of, as far as the
    sign-in said so. It opens no API, and so it must not buy a token that does."""
    return tuple(
        each for each in family_scopes if each in STANDARD_SCOPES and each != SIGN_IN_SCOPE
    )


def for_a_service(scopes: Sequence[str]) -> tuple[str, ...]:
    """Without the scope of the user's own operations, which are no service's and no actor's."""
    return tuple(each for each in scopes if each != SIGN_IN_SCOPE)


def actor_claim(actor: str | None, subject_claims: Mapping[str, Any]) -> dict[str, Any] | None:
    """`act` (RFC 8693 §4.1): the present actor around those before him. None where the user acts.

    Earlier actors stay without a present one too: an exchange must not hide them. Raises
    `InvalidParameter` where there are too many.
    """
    earlier = subject_claims.get("act")
    earlier = earlier if isinstance(earlier, dict) else None
    if actor is None:
        return earlier
    claim: dict[str, Any] = {"sub": actor, **({"act": earlier} if earlier else {})}
    if _depth(claim) > MOST_ACTORS:
        raise InvalidParameter("The chain of actors is too long.")
    return claim


def _depth(claim: Any) -> int:
    depth = 0
    while isinstance(claim, dict) and depth <= MOST_ACTORS:
        claim, depth = claim.get("act"), depth + 1
    return depth


@dataclass(frozen=True)
class Derivation:
    """What a token that is derived from another one says beside its sign-in."""

    scopes: tuple[str, ...]
    audience: str | None
    actor: Mapping[str, Any] | None
    """`act`."""
    expires: int
    """When the token that it is derived from expires, in epoch seconds: the latest for it, too."""
    is_id_token: bool = False

    def bind(self, body: dict[str, Any]) -> dict[str, Any]:
        """The claims for the audience and with the actor that were granted, and no other ones."""
        body.pop("act", None)
        if self.audience is not None:
            if self.is_id_token and self.audience != body["aud"]:
                # OIDC Core §2: "needed when the ID Token has a single audience value and that
                # audience is different than the authorized party".
                body["azp"] = body["aud"]
            body["aud"] = self.audience
        return {**body, "act": self.actor} if self.actor else body
