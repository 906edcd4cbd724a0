"""What administrators do to users: AdminCreateUser, AdminGetUser, ListUsers and their like."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from idp.errors import (
    InvalidParameter,
    NotAuthorized,
    UnsupportedUserState,
    UserAccountExists,
    UsernameExists,
)
from idp.models import User, UserPool
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.rules import passwords
from idp.user_pools.rules.delivery import Delivery
from idp.user_pools.rules.trigger_events import pre_sign_up_request
from idp.user_pools.services import (
    attribute_verification,
    credentials,
    invitations,
    messages,
    own_triggers,
    pools,
    profiles,
    registration,
    revocation,
    triggers,
    user_directories,
    user_search,
    users,
)
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.registration import NewUser
from idp.user_pools.services.sign_in import sessions
from kernel.aws.operations import Call, Input, Output
from kernel.statements import Rows

family = cognito_idp()


@family.operation("AdminCreateUser")
def admin_create_user(call: Call, request: Input) -> Output:
    """Make a user with a temporary password and invite him; RESEND invites him anew."""
    kernel = call.kernel
    pool = kernel.database.look_up(pools.look, call, request["UserPoolId"])
    metadata = request.get("ClientMetadata", {})
    is_resent = request.get("MessageAction") == "RESEND"
    if not is_resent and invitations.is_passwordless(pool, request):
        return {"User": users.describe(_create(call, pool, request, None), "Attributes")}
    temporary = invitations.temporary_password(kernel, pool, request.get("TemporaryPassword"))
    if is_resent:
        user = _renew(call, pool, request["Username"], temporary)
    else:
        user = _create(call, pool, request, temporary)
    if request.get("MessageAction") != "SUPPRESS":
        mediums = request.get("DesiredDeliveryMediums", ["SMS"])
        invitations.send(kernel, pool, user, temporary, mediums, metadata)
    return {"User": users.describe(user, "Attributes")}


def _create(call: Call, pool: UserPool, request: Input, temporary: str | None) -> User:
    kernel = call.kernel
    given = profiles.as_mapping(request.get("UserAttributes", []))
    new = registration.prepare(
        kernel, pool, request["Username"], given, writable=None, require_all=False
    )
    invitations.check_deliverable(request, new.attributes)
    # The function may refuse; what it can grant is for people who sign up by themselves.
    triggers.pre_sign_up(
        kernel,
        pool,
        "PreSignUp_AdminCreateUser",
        new.username,
        pre_sign_up_request(
            new.attributes,
            profiles.as_mapping(request.get("ValidationData", [])),
            request.get("ClientMetadata", {}),
        ),
    )
    credential = (
        None if temporary is None else credentials.make(kernel, pool, new.username, temporary)
    )
    try:
        return kernel.database.write(_store, call, pool, new, credential, request)
    except UsernameExists:
        raise UserAccountExists from None


def _store(
    session: Session,
    call: Call,
    pool: UserPool,
    new: NewUser,
    credential: Credential | None,
    request: Input,
) -> User:
    return registration.store(
        session,
        call.kernel,
        pool,
        new,
        "CONFIRMED" if credential is None else "FORCE_CHANGE_PASSWORD",
        credential,
        take_over_aliases=request.get("ForceAliasCreation", False),
    )


def _renew(call: Call, pool: UserPool, username: str, temporary: str) -> User:
    kernel = call.kernel
    user = kernel.database.look_up(users.look, pool, username)
    credential = credentials.make(kernel, pool, user.username, temporary)

    def unit(session: Session) -> User:
        present = users.by_id(session, user.id, to_change=True)
        if present.status != "FORCE_CHANGE_PASSWORD":
            raise UnsupportedUserState
        remembered = credentials.history_size(pool)
        credentials.apply(kernel, present, credential, kernel.clock.now(), keep=remembered)
        return present

    return kernel.database.write(unit)


@family.looks_up("AdminGetUser")
def admin_get_user(rows: Rows, call: Call, request: Input) -> Output:
    _, user = _look(rows, call, request)
    return users.describe(user, "UserAttributes")


@family.reads("ListUsers")
def list_users(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    page, token = user_search.page(session, call, pool, request)
    wanted = request.get("AttributesToGet")
    selected = None if wanted is None else frozenset(wanted)
    if selected and any(selected - {"sub", *user.attributes} for user in page):
        # "Amazon Cognito returns an error if not all users in the results have set a value for
        # the attribute you request" (ListUsersRequest, AttributesToGet).
        raise InvalidParameter("One or more requested attributes do not exist.")
    described = [users.describe(user, "Attributes", selected) for user in page]
    return with_token({"Users": described}, "PaginationToken", token)


@family.operation("AdminUpdateUserAttributes")
def admin_update_user_attributes(call: Call, request: Input) -> Output:
    """A changed address is verified by a code, unless the administrator vouches for it."""
    with _changing(call, request, "AdminUpdateUserAttributes"):
        pool, user, issued = call.kernel.database.write(_update, call, request)
    metadata = request.get("ClientMetadata", {})
    for code, destination in issued:
        messages.send_code(
            call.kernel,
            pool,
            user,
            Delivery("CustomMessage_UpdateUserAttribute", destination, code, metadata),
        )
    return {}


def _update(
    session: Session, call: Call, request: Input
) -> tuple[UserPool, User, list[attribute_verification.Issued]]:
    pool, user = _require(session, call, request)
    changes = profiles.as_mapping(request["UserAttributes"])
    kinds = profiles.change_by_administrator(session, call.kernel, pool, user, changes)
    issued = [attribute_verification.issue(session, call.kernel, user, kind) for kind in kinds]
    return pool, user, issued


@family.operation("AdminDeleteUserAttributes")
def admin_delete_user_attributes(call: Call, request: Input) -> Output:
    with _changing(call, request, "AdminDeleteUserAttributes"):
        call.kernel.database.write(_delete_attributes, call, request)
    return {}


def _delete_attributes(session: Session, call: Call, request: Input) -> None:
    pool, user = _require(session, call, request)
    profiles.delete(session, call.kernel, pool, user, request["UserAttributeNames"], writable=None)


def _changing(call: Call, request: Input, operation: str) -> AbstractContextManager[None]:
    pool = call.kernel.database.look_up(pools.look, call, request["UserPoolId"])
    return own_triggers.changing(
        call.kernel, pool, operation, lambda: call.kernel.database.look_up(_look, call, request)[1]
    )


@family.operation("AdminSetUserPassword")
def admin_set_user_password(call: Call, request: Input) -> Output:
    kernel = call.kernel
    pool, user = kernel.database.look_up(_look, call, request)
    directory = kernel.database.look_up(user_directories.load, pool.id)
    if user_directories.vouches_for(directory, user):
        raise NotAuthorized(user_directories.NOT_CHANGED_HERE)
    password = request["Password"]
    passwords.check_password_policy(pools.password_policy(pool), password)
    is_permanent = request.get("Permanent", False)
    if is_permanent:
        credentials.check_history(kernel, pool, user, password)
    credential = credentials.make(kernel, pool, user.username, password)

    def unit(session: Session) -> None:
        present = users.by_id(session, user.id, to_change=True)
        now = kernel.clock.now()
        credentials.apply(kernel, present, credential, now, keep=credentials.history_size(pool))
        revocation.end_browser_sessions(session, user.id, now)
        present.status = "CONFIRMED" if is_permanent else "FORCE_CHANGE_PASSWORD"
        present.modified = now
        users.index(session, pool, present)

    kernel.database.write(unit)
    return {}


@family.operation("AdminDisableUser")
def admin_disable_user(call: Call, request: Input) -> Output:
    """A disabled user's sign-ins end, at the gateway too."""
    user_id = call.kernel.database.write(_set_enabled, call, request, False)
    revocation.announce(call.kernel)
    sessions.end_all(call.kernel, user_id)
    return {}


@family.operation("AdminEnableUser")
def admin_enable_user(call: Call, request: Input) -> Output:
    call.kernel.database.write(_set_enabled, call, request, True)
    return {}


@family.operation("AdminDeleteUser")
def admin_delete_user(call: Call, request: Input) -> None:
    pool, user = call.kernel.database.write(_delete, call, request)
    revocation.announce(call.kernel)
    own_triggers.deleted(call.kernel, pool, "AdminDeleteUser", user)


def _look(rows: Rows, call: Call, request: Input) -> tuple[UserPool, User]:
    pool = pools.look(rows, call, request["UserPoolId"])
    return pool, users.look(rows, pool, request["Username"])


def _require(session: Session, call: Call, request: Input) -> tuple[UserPool, User]:
    """The same for a unit that changes the user."""
    pool = pools.require(session, call, request["UserPoolId"])
    return pool, users.require(session, pool, request["Username"], to_change=True)


def _set_enabled(session: Session, call: Call, request: Input, enabled: bool) -> str:
    pool, user = _require(session, call, request)
    now = call.kernel.clock.now()
    user.enabled, user.modified = enabled, now
    users.index(session, pool, user)
    if not enabled:
        revocation.revoke_user(session, user.id, now)
    return user.id


def _delete(session: Session, call: Call, request: Input) -> tuple[UserPool, User]:
    pool, user = _require(session, call, request)
    users.delete_user(session, user, call.kernel.clock.now())
    return pool, user
