"""RevokeToken, GlobalSignOut, AdminUserGlobalSignOut."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import RevocationUnauthorized
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import access, pools, revocation, subjects, users
from idp.user_pools.services.sign_in import sessions
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.operation("RevokeToken")
def revoke_token(call: Call, request: Input) -> Output:
    """A token that is not a refresh token of this client revokes nothing (RFC 7009 §2.2)."""
    context = call.kernel.database.look_up(subjects.load_client, call.kernel, request["ClientId"])
    if not context.is_proven_by(request.get("ClientSecret")):
        raise RevocationUnauthorized
    # "LINKED has no effect when session tracking is disabled".
    is_linked = request.get("RevokeAssociatedSessions") == "LINKED" and context.sessions.tracks
    revocation.revoke_token(call.kernel, context, request["Token"], with_origin=is_linked)
    return {}


@family.operation("GlobalSignOut")
def global_sign_out(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    now = call.kernel.clock.now()
    call.kernel.database.write(revocation.revoke_user, person.user.id, now)
    revocation.announce(call.kernel)
    sessions.end_all(call.kernel, person.user.id)
    return {}


@family.operation("AdminUserGlobalSignOut")
def admin_user_global_sign_out(call: Call, request: Input) -> Output:
    user_id = call.kernel.database.write(_sign_out, call, request)
    revocation.announce(call.kernel)
    sessions.end_all(call.kernel, user_id)
    return {}


def _sign_out(session: Session, call: Call, request: Input) -> str:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"], to_change=True)
    revocation.revoke_user(session, user.id, call.kernel.clock.now())
    return user.id
