"""What a signed-in person does to himself, with his access token: GetUser and its like."""

from __future__ import annotations

from idp.errors import InvalidParameter
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.rules import second_factors, usernames
from idp.user_pools.services import access, own_profile, profiles, users
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
    metadata = request.get("ClientMetadata", {})
    sent = own_profile.update(call.kernel, person, changes, metadata)
    return {"CodeDeliveryDetailsList": [destination.details() for destination in sent]}


@family.operation("DeleteUserAttributes")
def delete_user_attributes(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    own_profile.delete_attributes(call.kernel, person, request["UserAttributeNames"])
    return {}


@family.operation("GetUserAttributeVerificationCode")
def get_user_attribute_verification_code(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    kind = _address(request["AttributeName"])
    metadata = request.get("ClientMetadata", {})
    destination = own_profile.send_code(call.kernel, person, kind, metadata)
    return {"CodeDeliveryDetails": destination.details()}


@family.operation("VerifyUserAttribute")
def verify_user_attribute(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    kind = _address(request["AttributeName"])
    own_profile.verify(call.kernel, person, kind, request["Code"])
    return {}


@family.operation("DeleteUser")
def delete_user(call: Call, request: Input) -> None:
    person = access.authenticate(call.kernel, request["AccessToken"])
    own_profile.delete(call.kernel, person)


def _address(name: str) -> str:
    if name not in usernames.ADDRESSES:
        raise InvalidParameter("Invalid attribute name: only email and phone_number are verified.")
    return name
