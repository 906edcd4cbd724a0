"""What a granted authorization request gives its client: a code, tokens, or both.

Tokens of the authorization endpoint (implicit and hybrid, OIDC Core §3.2 and §3.3) belong to a
sign-in of their own, whose refresh token nobody gets, so that revoking finds them too.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.oauth import codes, families, pushed_requests, token_responses
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.authorization_responses import Members
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import response_types
from idp.user_pools.services import token_customisation
from idp.user_pools.services.restrictions import Restriction
from idp.user_pools.services.tokens import Tokens
from kernel.runtime import Kernel
from kernel.statements import Rows


def issue(kernel: Kernel, wanted: AuthorizationRequest, signed_in: SignedIn) -> Members:
    """The members of the response. Raises `codes.SessionOver`, `pushed_requests.Spent`, and what
    the pre token generation function raises where tokens are asked for."""
    is_asked = response_types.CODE in wanted.response_types
    code = codes.new_code(kernel.randomness.bytes) if is_asked else None
    opened = kernel.database.write(_store, kernel, wanted, signed_in, code)
    members = [("code", code)] if code else []
    return [*members, *_tokens(kernel, wanted, opened, code)] if opened else members


def _store(
    session: Session,
    kernel: Kernel,
    wanted: AuthorizationRequest,
    signed_in: SignedIn,
    code: str | None,
) -> families.Opened | None:
    """One unit for everything that the response stands for."""
    now = kernel.clock.now()
    if wanted.reference:
        pushed_requests.spend(session, wanted.reference)
    if wanted.client.context.sessions.tracks:
        codes.note_use(session, signed_in, now)
    if code:
        codes.store(session, code, wanted, signed_in, now)
    if not response_types.is_front_channel(wanted.response_types):
        return None
    return families.of_answer(Rows.of(session), kernel, wanted, signed_in)


def _tokens(
    kernel: Kernel, wanted: AuthorizationRequest, opened: families.Opened, code: str | None
) -> Members:
    family, user, subject = opened
    context, types = wanted.client.context, wanted.response_types
    customisation = token_customisation.of_user(
        kernel, context, "TokenGeneration_HostedAuth", user, subject, family.scopes, {}
    )
    # Nothing is proven here. A token that is bound to a key is worth nothing without it.
    restriction = Restriction(wanted.binding.get("cnf", {}), wanted.binding.get("resource", ()))
    tokens = kernel.of(Tokens).sign_for_browser(
        context,
        family,
        subject,
        customisation,
        restriction,
        code=code,
        with_access_token=response_types.TOKEN in types,
    )
    members = []
    if response_types.TOKEN in types:
        kind = token_responses.kind(restriction.confirmation)
        members += [("access_token", tokens.access_token), ("token_type", kind)]
        members += [("expires_in", str(tokens.lifetime))]
    if response_types.ID_TOKEN in types:
        members += [("id_token", tokens.id_token)]
    return members
