"""Constraint faults in AWS's wording, all in one answer."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.aws.contract import service
from kernel.aws.validation import checker, describe

CONSTRAINT = "failed to satisfy constraint: Member must"


def faults(name: str, value: dict[str, Any], service_name: str = "cognito-idp") -> list[str]:
    operation = service(service_name).operation(name)
    assert operation is not None
    return [str(fault) for fault in checker(operation.input)(value)]


def test_a_valid_input_has_no_fault():
    assert not faults("DescribeUserPool", {"UserPoolId": "us-east-1_abc"})


def test_a_missing_member_is_said_to_be_null():
    assert faults("DescribeUserPool", {}) == [
        f"Value null at 'userPoolId' {CONSTRAINT} not be null"
    ]


def test_missing_sensitive_member_is_not_said_to_be_null():
    said = faults("ForgotPassword", {"ClientId": "1"})
    assert said == [f"Value at 'username' {CONSTRAINT} not be null"]


def test_pattern_and_length_are_both_reported_length_first():
    value = "x" * 56
    assert faults("DescribeUserPool", {"UserPoolId": value}) == [
        f"Value '{value}' at 'userPoolId' {CONSTRAINT} have length less than or equal to 55",
        f"Value '{value}' at 'userPoolId' {CONSTRAINT} satisfy regular expression pattern: "
        "[\\w-]+_[0-9a-zA-Z]+",
    ]


def test_faults_of_several_members_are_one_sentence():
    operation = service("cognito-idp").operation("SignUp")
    found = checker(operation.input)({"ClientId": "!", "Username": "", "Password": "a b"})
    said = describe(found)
    assert said.startswith("4 validation errors detected: Value at 'clientId' ")
    assert said.count("; Value at '") == 3


def test_sensitive_values_are_never_echoed():
    request = {
        "ClientId": "!client!",
        "Username": "two words",
        "Password": "secret word",
        "SecretHash": "!hash!",
        "UserAttributes": [{"Name": "email", "Value": "v" * 3000}],
        "ClientMetadata": {"k" * 3000: "x"},
    }
    said = " ".join(faults("SignUp", request))
    for value in ("!client!", "two words", "secret word", "!hash!", "vvv"):
        assert value not in said
    assert "Value at 'userAttributes.1.member.value'" in said


def test_a_map_that_is_sensitive_hides_its_keys_and_values():
    request = {
        "ClientId": "1",
        "AuthFlow": "USER_SRP_AUTH",
        "AuthParameters": {"k" * 200_000: "hidden"},
    }
    assert "hidden" not in " ".join(faults("InitiateAuth", request))


def test_a_value_outside_of_an_enum_is_told_its_values():
    request = {"UserPoolId": "a_b", "GroupName": "g", "MfaConfiguration": "MAYBE"}
    assert faults("SetUserPoolMfaConfig", request) == [
        f"Value 'MAYBE' at 'mfaConfiguration' {CONSTRAINT} satisfy enum value set: "
        "[OFF, ON, OPTIONAL]"
    ]


def test_a_number_outside_of_its_range_is_told_the_bound():
    assert faults("ListUserPools", {"MaxResults": 61}) == [
        f"Value '61' at 'maxResults' {CONSTRAINT} have value less than or equal to 60"
    ]
    assert faults("ListUserPools", {"MaxResults": 0}) == [
        f"Value '0' at 'maxResults' {CONSTRAINT} have value greater than or equal to 1"
    ]


def test_member_of_a_list_of_structures_is_named_by_its_number():
    request = {"PoolName": "p", "Schema": [{"Name": "ok"}, {"AttributeDataType": "Text"}]}
    assert faults("CreateUserPool", request) == [
        f"Value 'Text' at 'schema.2.member.attributeDataType' {CONSTRAINT} satisfy enum value set: "
        "[String, Number, DateTime, Boolean]"
    ]


def test_simple_elements_are_reported_as_the_whole_list_with_all_their_constraints():
    request = {"UserPoolId": "a_b", "ClientName": "c", "CallbackURLs": ["https://a", ""]}
    assert faults("CreateUserPoolClient", request) == [
        f"Value '[https://a, ]' at 'callbackURLs' {CONSTRAINT} satisfy constraint: "
        "[Member must have length less than or equal to 1024, "
        "Member must have length greater than or equal to 1, "
        "Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+]"
    ]


def test_a_list_of_too_many_elements_is_refused():
    request = {"UserPoolId": "a_b", "ClientName": "c", "CallbackURLs": ["https://a"] * 101}
    (fault,) = faults("CreateUserPoolClient", request)
    assert fault.endswith(
        "at 'callbackURLs' " + CONSTRAINT + " have length less than or equal to 100"
    )


def test_null_element_of_a_list():
    request = {"UserPoolId": "a_b", "ClientName": "c", "CallbackURLs": [None]}
    assert faults("CreateUserPoolClient", request) == [
        f"Value '[null]' at 'callbackURLs' {CONSTRAINT} not be null"
    ]
    request = {"PoolName": "p", "Schema": [None]}
    assert faults("CreateUserPool", request) == [
        f"Value null at 'schema.1.member' {CONSTRAINT} not be null"
    ]


def test_map_keys_and_values():
    # The wording of values as CloudFormation showed it for CreateIdentityPool.
    request = {
        "IdentityPoolName": "p",
        "AllowUnauthenticatedIdentities": False,
        "SupportedLoginProviders": {"graph.facebook.com": "1 "},
    }
    assert faults("CreateIdentityPool", request, "cognito-identity") == [
        "Value '{graph.facebook.com=1 }' at 'supportedLoginProviders' failed to satisfy "
        "constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 128, "
        "Member must have length greater than or equal to 1, "
        "Member must satisfy regular expression pattern: [\\w.;_/-]+]"
    ]
    request["SupportedLoginProviders"] = {"": "1"}
    (fault,) = faults("CreateIdentityPool", request, "cognito-identity")
    assert "Map keys must satisfy constraint: [" in fault


def test_nested_structures_and_maps_of_structures():
    pool = {"UserPoolId": "a_b", "Policies": {"PasswordPolicy": {"MinimumLength": 3}}}
    assert faults("UpdateUserPool", pool) == [
        f"Value '3' at 'policies.passwordPolicy.minimumLength' {CONSTRAINT} have value greater "
        "than or equal to 6"
    ]
    roles = {
        "IdentityPoolId": "us-east-1:0",
        "Roles": {},
        "RoleMappings": {"provider": {"Type": "Magic"}},
    }
    (fault,) = faults("SetIdentityPoolRoles", roles, "cognito-identity")
    assert "at 'roleMappings.provider.member.type'" in fault


@pytest.mark.parametrize("name", ["cognito-idp", "cognito-identity", "apigateway", "iam", "sts"])
def test_every_input_shape_compiles_and_names_every_required_member(name):
    for operation in service(name).operations():
        if operation.input is not None:
            required = [m.name for m in operation.input.members.values() if m.is_required]
            assert len(checker(operation.input)({})) == len(required)
