"""What a granted authorization request gives its client: a code, tokens, or both.

Tokens of the authorization endpoint (implicit and hybrid, OIDC Core §3.2 and §3.3) belong to a
sign-in of their own, whose refresh token nobody gets, so that revoking finds them too.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.models import RefreshFamily, User
from idp.oauth import codes, pushed_requests, sessions, token_responses
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.authorization_responses import Members
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import response_types
from idp.user_pools.rules.claims import Subject
from idp.user_pools.services import quick_reads, subjects, token_customisation
from idp.user_pools.services.restrictions import Restriction
from idp.user_pools.services.tokens import Grant, Tokens
from kernel.runtime import Kernel
from kernel.statements import Rows

Opened = tuple[RefreshFamily, User, Subject]


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
) -> Opened | None:
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
    return _open_family(Rows.of(session), kernel, wanted, signed_in)


def _open_family(
    rows: Rows, kernel: Kernel, wanted: AuthorizationRequest, signed_in: SignedIn
) -> Opened:
    user = quick_reads.user_by_id(rows, signed_in.user_id)
    if user is None or not user.enabled:
        raise codes.SessionOver
    if not sessions.goes_on(
        user.status, user.password_set, signed_in.auth_time, signed_in.opening.factors
    ):
        raise codes.SessionOver
    context = wanted.client.context
    family = kernel.of(Tokens).open_family(
        rows,
        context,
        user.id,
        sign_in_id=None,
        opening=signed_in.opening,
        grant=Grant(
            wanted.scopes,
            signed_in.auth_time,
            wanted.nonce,
            wanted.binding,
            lifetime=max(context.lifetimes.access, context.lifetimes.id),
        ),
    )
    return family, user, subjects.subject(rows, user)


def _tokens(
    kernel: Kernel, wanted: AuthorizationRequest, opened: Opened, code: str | None
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
