"""ListUserSessions, RevokeUserSession and their Admin twins."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, OperationNotEnabled
from idp.models import User
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.rules import session_ids
from idp.user_pools.services import (
    access,
    pages,
    pools,
    revocation,
    session_settings,
    user_sessions,
    users,
)
from idp.user_pools.services.access import Person
from idp.user_pools.services.user_sessions import Position
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.operation("ListUserSessions")
def list_user_sessions(call: Call, request: Input) -> Output:
    person = _authenticate(call, request)
    current = session_ids.of_family(person.family.id)
    return call.kernel.database.read(_list, call, request, person.user, current)


@family.reads("AdminListUserSessions")
def admin_list_user_sessions(session: Session, call: Call, request: Input) -> Output:
    """No session is the current one: "always false for the AdminListUserSessions operation"."""
    return _list(session, call, request, _user(session, call, request), None)


@family.operation("RevokeUserSession")
def revoke_user_session(call: Call, request: Input) -> Output:
    person = _authenticate(call, request)
    if request["SessionId"] == session_ids.of_family(person.family.id):
        raise InvalidParameter("The session of the access token cannot be revoked with it.")

    def unit(session: Session) -> None:
        _revoke(session, call, request, person.user.id)

    call.kernel.database.write(unit)
    revocation.announce(call.kernel)
    return {}


@family.operation("AdminRevokeUserSession")
def admin_revoke_user_session(call: Call, request: Input) -> Output:
    def unit(session: Session) -> None:
        _revoke(session, call, request, _user(session, call, request).id)

    call.kernel.database.write(unit)
    revocation.announce(call.kernel)
    return {}


def _authenticate(call: Call, request: Input) -> Person:
    person = access.authenticate(call.kernel, request["AccessToken"])
    if not person.context.sessions.tracks:
        raise OperationNotEnabled("Session tracking is not enabled for the user pool.")
    return person


def _user(session: Session, call: Call, request: Input) -> User:
    pool = pools.require(session, call, request["UserPoolId"])
    session_settings.require_tracking(session, pool)
    return users.require(session, pool, request["Username"])


def _list(session: Session, call: Call, request: Input, user: User, current: str | None) -> Output:
    after = Position.from_token(pages.position(call, request.get("NextToken"), user.id))
    found = user_sessions.page(session, user, call.kernel.clock.now(), after)
    page, token = pages.cut(
        call,
        found,
        user_sessions.PAGE,
        lambda each: Position(each.created, each.id).to_token(),
        user.id,
    )
    return with_token({"Sessions": [each.describe(current) for each in page]}, "NextToken", token)


def _revoke(session: Session, call: Call, request: Input, user_id: str) -> None:
    user_sessions.revoke(
        session,
        user_id,
        request["SessionId"],
        call.kernel.clock.now(),
        linked=request.get("RevokeAssociatedSessions") == "LINKED",
    )
