"""Redeeming refresh tokens: REFRESH_TOKEN_AUTH, GetTokensFromRefreshToken, grant refresh_token.

With rotation (RefreshTokenRotation) each refresh replaces the token. The one before it works for
RetryGracePeriodSeconds more, for clients that lost the answer; any other replaced token is taken
as stolen, and its family is revoked (RFC 9700 §4.14.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from idp.errors import (
    InvalidRefreshToken,
    RefreshTokenExpired,
    RefreshTokenReuse,
    RefreshTokenRevoked,
    ResourceNotGranted,
    ScopeDoesNotExist,
    UserDisabled,
)
from idp.models import RefreshFamily, User
from idp.user_pools.rules import resource_scopes
from idp.user_pools.rules.claims import Customisation, Subject
from idp.user_pools.rules.devices import tracking
from idp.user_pools.services import (
    devices,
    quick_reads,
    refresh_tokens,
    revocation,
    session_activity,
    subjects,
    token_customisation,
    users,
)
from idp.user_pools.services.circumstances import NOT_TOLD, Circumstances
from idp.user_pools.services.refresh_tokens import RefreshTokenState
from idp.user_pools.services.restrictions import UNRESTRICTED, Restriction
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.token_sets import TokenSet
from idp.user_pools.services.tokens import Tokens
from kernel.runtime import Kernel
from kernel.statements import Rows
from kernel.tokens import confirmation
from kernel.tokens.confirmation import NOTHING


@dataclass(frozen=True)
class RefreshRequest:
    """A refresh token, and what is wanted for it."""

    token: str = field(repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)
    """ClientMetadata, for the function that makes tokens."""
    scopes: Sequence[str] | None = None
    """Fewer than were granted, or all of them."""
    here: Circumstances = NOT_TOLD
    """Where the request comes from."""
    device_key: str | None = None
    restriction: Restriction = UNRESTRICTED
    """What the request proves to have, and for which resources it wants its access token."""


@dataclass(frozen=True)
class Redeemed:
    """A family that may have new tokens, and whom they speak of."""

    family: RefreshFamily
    user: User
    subject: Subject
    resources: Sequence[str] = ()
    """What the access token is for, where it is for some resource servers only."""


def renew(
    kernel: Kernel, context: ClientContext, asked: RefreshRequest
) -> tuple[Redeemed, TokenSet]:
    """New tokens for a refresh token, with fewer scopes where asked.

    "If omitted", the scope "is treated as equal to the scope originally granted" (RFC 6749 §6), so
    asking for all of them is asking for nothing: the pre token generation function may add to them
    as at the sign-in. Where fewer are asked for, it is told of those, and may only take away.

    The pre token generation function is asked before the token is replaced: if it fails, the
    client must not lose its only token. Raises `InvalidRefreshToken` or one of its kinds,
    `RefreshTokenReuse`, `UserDisabled`, and `ScopeDoesNotExist` for a "scope not originally
    granted" (RFC 6749 §6).
    """
    redeemed = look(kernel, context, asked)
    granted = redeemed.family.scopes
    wanted = granted if asked.scopes is None else asked.scopes
    if not set(wanted) <= set(granted):
        raise ScopeDoesNotExist
    resources = _resources(redeemed.family, asked, wanted)
    dropped = frozenset(granted).difference(wanted)
    customisation = token_customisation.of_user(
        kernel,
        context,
        "TokenGeneration_RefreshTokens",
        redeemed.user,
        redeemed.subject,
        [each for each in granted if each not in dropped],
        asked.metadata,
    )
    if dropped:
        customisation = _narrowed(customisation, dropped)
    if rotates(context):
        redeemed = redeem(kernel, context, asked)
    elif context.sessions.tracks:
        _note(kernel, redeemed.family, asked.here)
    tokens = kernel.of(Tokens).sign(
        context,
        redeemed.family,
        redeemed.subject,
        customisation,
        replace(asked.restriction, resources=resources),
    )
    return replace(redeemed, resources=resources), tokens


def _resources(
    family: RefreshFamily, asked: RefreshRequest, scopes: Sequence[str]
) -> Sequence[str]:
    """RFC 8707 §2.2: those that the request names, which must be among those granted; else all of
    these. Raises `ResourceNotGranted`, `ScopeDoesNotExist`."""
    granted = family.binding.get("resource", ())
    possible = granted or resource_scopes.servers(family.scopes)
    if not set(asked.restriction.resources) <= set(possible):
        raise ResourceNotGranted
    resources = tuple(asked.restriction.resources or granted)
    if resources and not resource_scopes.of_servers(scopes, resources):
        raise ScopeDoesNotExist
    return resources


def _narrowed(customisation: Customisation | None, dropped: frozenset[str]) -> Customisation:
    """As for an exchanged token: a function that gives every token the same scopes would widen
    again what was asked for narrow."""
    present = customisation or Customisation()
    return replace(present, scopes_added=(), scopes_suppressed=present.scopes_suppressed | dropped)


def _note(kernel: Kernel, family: RefreshFamily, here: Circumstances) -> None:
    now = kernel.clock.now()
    if session_activity.is_worth_a_write(family, here, now):
        kernel.database.record(session_activity.note, family, here, now)


def redeem(kernel: Kernel, context: ClientContext, asked: RefreshRequest) -> Redeemed:
    """Check a refresh token and rotate it where the client says so.

    Raises `InvalidRefreshToken` or one of its kinds, `RefreshTokenReuse`, `UserDisabled`.
    """
    if not rotates(context):
        return look(kernel, context, asked)
    state = refresh_tokens.unseal(kernel, context.client.id, asked.token)
    redeemed = kernel.database.write(_rotate, kernel.clock.now(), context, state, asked)
    if redeemed is None:
        # Raised outside of the unit, which must commit the revocation.
        revocation.announce(kernel)
        raise RefreshTokenReuse
    return redeemed


def look(kernel: Kernel, context: ClientContext, asked: RefreshRequest) -> Redeemed:
    """Whom a refresh token speaks of, without replacing it. Raises `InvalidRefreshToken`.

    What rotation has replaced stays replaced where rotation has been turned off since.
    """
    state = refresh_tokens.unseal(kernel, context.client.id, asked.token)
    redeemed = kernel.database.look_up(_load, kernel.clock.now(), context, state, asked)
    if not rotates(context) and state.generation != redeemed.family.generation:
        raise InvalidRefreshToken
    return redeemed


def rotates(context: ClientContext) -> bool:
    return bool(context.client.settings.get("RefreshTokenRotation", {}).get("Feature") == "ENABLED")


def _load(
    rows: Rows,
    now: datetime,
    context: ClientContext,
    state: RefreshTokenState,
    asked: RefreshRequest,
) -> Redeemed:
    found = quick_reads.family_and_user(rows, state.family_id)
    if found is None:
        raise InvalidRefreshToken
    redeemed = _checked(rows, now, context, *found)
    _check_holder(rows, context, redeemed.family, asked)
    return redeemed


def _checked(
    rows: Rows, now: datetime, context: ClientContext, family: RefreshFamily, user: User
) -> Redeemed:
    if family.client_id != context.client.id:
        raise InvalidRefreshToken
    if family.revoked is not None:
        raise RefreshTokenRevoked
    if family.expires <= now:
        raise RefreshTokenExpired
    if not user.enabled:
        raise UserDisabled
    return Redeemed(family, user, subjects.subject(rows, user))


def _check_holder(
    rows: Rows, context: ClientContext, family: RefreshFamily, asked: RefreshRequest
) -> None:
    """RFC 9449 §5: a public client's refresh token is bound to the key that its first tokens were;
    "the client MUST present a DPoP proof for the same key" with it."""
    if not confirmation.is_met(family.binding.get("cnf", NOTHING), asked.restriction.confirmation):
        raise InvalidRefreshToken
    _check_device(rows, context, family, asked.device_key)


def _check_device(
    rows: Rows, context: ClientContext, family: RefreshFamily, device_key: str | None
) -> None:
    """ "You must provide the confirmed device key in this request if device remembering is enabled
    in your user pool" (GetTokensFromRefreshToken, DeviceKey).

    A device that was handed out and never confirmed binds nothing yet: its client may know nothing
    of devices. Another key than its own is refused all the same.
    """
    bound = family.device_key
    if bound is None or bound == device_key or tracking(context.pool.settings) is None:
        return
    if device_key or devices.find(rows, family.user_id, bound) is not None:
        raise InvalidRefreshToken


def _rotate(
    session: Session,
    now: datetime,
    context: ClientContext,
    state: RefreshTokenState,
    asked: RefreshRequest,
) -> Redeemed | None:
    """None where a replaced token came back: the family is revoked then."""
    family = session.get(RefreshFamily, state.family_id, with_for_update=True)
    if family is None:
        raise InvalidRefreshToken
    user = users.by_id(session, family.user_id)
    redeemed = _checked(Rows.of(session), now, context, family, user)
    _check_holder(Rows.of(session), context, family, asked)
    if state.generation == family.generation:
        family.generation += 1
        family.rotated = now
        _note_rotation(session, context, family, now, asked.here)
        return redeemed
    grace = timedelta(
        seconds=context.client.settings["RefreshTokenRotation"].get("RetryGracePeriodSeconds", 0)
    )
    is_previous = state.generation == family.generation - 1
    if is_previous and family.rotated is not None and now < family.rotated + grace:
        return redeemed
    revocation.revoke_family(session, family, now)
    return None


def _note_rotation(
    session: Session,
    context: ClientContext,
    family: RefreshFamily,
    now: datetime,
    here: Circumstances,
) -> None:
    family.last_active = now
    family.address = session_activity.address(family, here)
    family.user_agent = session_activity.user_agent(family, here)
    if context.sessions.tracks:
        session_activity.note_browser(Rows.of(session), family.browser_session_id, now)
