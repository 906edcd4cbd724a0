"""What a signed-in person does to himself, with his access token: GetUser and its like."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import User
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.rules import second_factors
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.services import (
    access,
    attribute_verification,
    messages,
    own_triggers,
    profiles,
    revocation,
    users,
)
from idp.user_pools.services.access import Person
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.operation("GetUser")
def get_user(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    return {
        "Username": person.user.username,
        "UserAttributes": users.attribute_list(person.user, person.context.readable),
        **second_factors.describe(person.user.mfa),
    }


@family.operation("UpdateUserAttributes")
def update_user_attributes(call: Call, request: Input) -> Output:
    """Answers where codes went for addresses that must be verified."""
    person = access.authenticate(call.kernel, request["AccessToken"])
    changes = profiles.as_mapping(request["UserAttributes"])
    with _changing(call, person, "UpdateUserAttributes"):
        user, issued = call.kernel.database.write(_update, call, person, changes)
    for code, destination in issued:
        messages.send_code(
            call.kernel,
            person.context.pool,
            user,
            _delivery("CustomMessage_UpdateUserAttribute", destination, code, person, request),
        )
    return {"CodeDeliveryDetailsList": [destination.details() for _, destination in issued]}


def _update(
    session: Session, call: Call, person: Person, changes: dict[str, str]
) -> tuple[User, list[attribute_verification.Issued]]:
    context = person.context
    user = users.by_id(session, person.user.id, to_change=True)
    kinds = profiles.change_by_person(
        session, call.kernel, context.pool, user, changes, context.writable
    )
    issued = [attribute_verification.issue(session, call.kernel, user, kind) for kind in kinds]
    return user, issued


@family.operation("DeleteUserAttributes")
def delete_user_attributes(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])

    def unit(session: Session) -> None:
        user = users.by_id(session, person.user.id, to_change=True)
        profiles.delete(
            session,
            call.kernel,
            person.context.pool,
            user,
            request["UserAttributeNames"],
            writable=person.context.writable,
        )

    with _changing(call, person, "DeleteUserAttributes"):
        call.kernel.database.write(unit)
    return {}


@family.operation("GetUserAttributeVerificationCode")
def get_user_attribute_verification_code(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    kind = _address(request["AttributeName"])

    def unit(session: Session) -> attribute_verification.Issued:
        user = users.by_id(session, person.user.id, to_change=True)
        return attribute_verification.issue(session, call.kernel, user, kind)

    code, destination = call.kernel.database.write(unit)
    messages.send_code(
        call.kernel,
        person.context.pool,
        person.user,
        _delivery("CustomMessage_VerifyUserAttribute", destination, code, person, request),
    )
    return {"CodeDeliveryDetails": destination.details()}


@family.operation("VerifyUserAttribute")
def verify_user_attribute(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    kind = _address(request["AttributeName"])
    with _changing(call, person, "VerifyUserAttribute"):
        refusal = call.kernel.database.write(
            attribute_verification.enter,
            call.kernel,
            person.context.pool,
            person.user.id,
            kind,
            request["Code"],
        )
    if refusal is not None:
        raise refusal
    return {}


@family.operation("DeleteUser")
def delete_user(call: Call, request: Input) -> None:
    person = access.authenticate(call.kernel, request["AccessToken"])

    def unit(session: Session) -> None:
        user = users.by_id(session, person.user.id, to_change=True)
        users.delete_user(session, user, call.kernel.clock.now())

    call.kernel.database.write(unit)
    revocation.announce(call.kernel)
    context = person.context
    own_triggers.deleted(call.kernel, context.pool, "DeleteUser", person.user, context.client.id)


def _changing(call: Call, person: Person, operation: str) -> AbstractContextManager[None]:
    context = person.context
    return own_triggers.changing(
        call.kernel, context.pool, operation, lambda: person.user, context.client.id
    )


def _delivery(
    source: str, destination: Destination, code: str, person: Person, request: Input
) -> Delivery:
    metadata = request.get("ClientMetadata", {})
    return Delivery(source, destination, code, metadata, person.context.client.id)


def _address(name: str) -> str:
    if name not in ("email", "phone_number"):
        raise InvalidParameter("Invalid attribute name: only email and phone_number are verified.")
    return name
