from __future__ import annotations

import pytest

from idp.errors import InvalidLambdaResponse
from idp.user_pools.rules import pre_token_generation
from idp.user_pools.rules.claims import Customisation, Subject

JANE = Subject("id", "jane", {}, groups=("a", "b"), roles=("arn:r",), preferred_role="arn:r")


def v1(**details):
    return pre_token_generation.read("V1_0", {"claimsOverrideDetails": details})


def v2(**details):
    return pre_token_generation.read("V2_0", {"claimsAndScopeOverrideDetails": details})


def test_the_request_tells_groups_and_from_version_two_on_scopes():
    request = pre_token_generation.request("V1_0", {"email": "x"}, JANE, ["openid"], {"k": "v"})
    assert request == {
        "userAttributes": {"email": "x"},
        "groupConfiguration": {
            "groupsToOverride": ["a", "b"],
            "iamRolesToOverride": ["arn:r"],
            "preferredRole": "arn:r",
        },
        "clientMetadata": {"k": "v"},
    }
    newer = pre_token_generation.request("V2_0", {}, JANE, ["openid"], {})
    assert newer["scopes"] == ["openid"]


@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
def test_an_untouched_response_changes_nothing(version):
    empty = pre_token_generation.empty_response(version)
    assert pre_token_generation.read(version, empty) == Customisation()
    assert pre_token_generation.read(version, {}) == Customisation()


def test_version_one_changes_the_id_token_alone():
    change = v1(claimsToAddOrOverride={"a": "1"}, claimsToSuppress=["email"])
    assert change == Customisation(id_claims={"a": "1"}, id_suppressed=frozenset({"email"}))


def test_version_two_changes_both_tokens_and_the_scopes():
    change = v2(
        idTokenGeneration={"claimsToAddOrOverride": {"a": [1, {"b": True}]}},
        accessTokenGeneration={
            "claimsToAddOrOverride": {"c": 1.5},
            "claimsToSuppress": ["d"],
            "scopesToAdd": ["api/read"],
            "scopesToSuppress": ["openid"],
        },
    )
    assert change == Customisation(
        id_claims={"a": [1, {"b": True}]},
        access_claims={"c": 1.5},
        access_suppressed=frozenset({"d"}),
        scopes_added=("api/read",),
        scopes_suppressed=frozenset({"openid"}),
    )


@pytest.mark.parametrize("read", [v1, v2])
def test_groups_are_overridden_where_the_function_returns_them(read):
    change = read(
        groupOverrideDetails={
            "groupsToOverride": ["c"],
            "iamRolesToOverride": [],
            "preferredRole": "arn:c",
        }
    )
    assert (change.groups, change.roles, change.preferred_role) == (("c",), (), "arn:c")


@pytest.mark.parametrize(
    "details",
    [
        "text",
        ["list"],
        {"claimsToAddOrOverride": {"a": 1}},
        {"claimsToAddOrOverride": ["a"]},
        {"claimsToSuppress": "email"},
        {"claimsToSuppress": [1]},
        {"groupOverrideDetails": ["c"]},
        {"groupOverrideDetails": {"groupsToOverride": 5}},
        {"groupOverrideDetails": {"groupsToOverride": "admins"}},
        {"groupOverrideDetails": {"groupsToOverride": [1]}},
        {"groupOverrideDetails": {"iamRolesToOverride": {"arn:r": 1}}},
        {"groupOverrideDetails": {"preferredRole": ["arn:r"]}},
    ],
)
def test_version_one_refuses_other_forms(details):
    with pytest.raises(InvalidLambdaResponse):
        pre_token_generation.read("V1_0", {"claimsOverrideDetails": details})


@pytest.mark.parametrize(
    "access",
    [
        {"scopesToAdd": ["two words"]},
        {"scopesToAdd": [""]},
        {"scopesToAdd": "openid"},
        {"claimsToAddOrOverride": "text"},
        {"claimsToSuppress": [["nested"]]},
        5,
    ],
)
def test_version_two_refuses_other_forms(access):
    with pytest.raises(InvalidLambdaResponse):
        v2(accessTokenGeneration=access)
