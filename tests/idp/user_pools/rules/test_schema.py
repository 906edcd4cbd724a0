from __future__ import annotations

import botocore.loaders
import botocore.model
import botocore.validate
import pytest

from idp.errors import InvalidParameter, LimitExceeded
from idp.user_pools.rules import schema as rules

DEFAULT = rules.pool_schema([])


def attribute(schema, name):
    return rules.by_name(schema)[name]


def test_a_new_pool_has_awss_twenty_standard_attributes():
    assert [each["Name"] for each in DEFAULT] == [
        *("sub", "name", "given_name", "family_name", "middle_name", "nickname"),
        *("preferred_username", "profile", "picture", "website", "email", "email_verified"),
        *("gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified"),
        *("address", "updated_at"),
    ]
    assert attribute(DEFAULT, "sub") == {
        "Name": "sub",
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": False,
        "Mutable": False,
        "Required": True,
        "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"},
    }
    assert attribute(DEFAULT, "birthdate")["StringAttributeConstraints"] == {
        "MinLength": "10",
        "MaxLength": "10",
    }
    assert attribute(DEFAULT, "updated_at")["NumberAttributeConstraints"] == {"MinValue": "0"}
    assert "StringAttributeConstraints" not in attribute(DEFAULT, "email_verified")


def test_the_schema_is_valid_output_of_the_service_model():
    model = botocore.model.ServiceModel(
        botocore.loaders.Loader().load_service_model("cognito-idp", "service-2")
    )
    given = [{"Name": "age", "AttributeDataType": "Number"}, {"Name": "dept"}]
    shape = model.shape_for("SchemaAttributesListType")
    report = botocore.validate.ParamValidator().validate(rules.pool_schema(given), shape)
    assert report.generate_report() == ""


def test_a_standard_attribute_can_become_required_and_immutable():
    given = [{"Name": "email", "Required": True, "Mutable": False}]
    schema = rules.pool_schema(given)
    assert attribute(schema, "email")["Required"]
    assert not attribute(schema, "email")["Mutable"]
    assert rules.required_attributes(schema) == ["email"]
    assert not attribute(rules.pool_schema([]), "email")["Required"], "the template was changed"


@pytest.mark.parametrize(
    "change", [{"AttributeDataType": "Number"}, {"DeveloperOnlyAttribute": True}]
)
def test_a_standard_attribute_keeps_its_type(change):
    with pytest.raises(InvalidParameter, match="standard schema attribute email"):
        rules.pool_schema([{"Name": "email", **change}])


def test_sub_stays_immutable_and_required_whatever_is_asked():
    schema = rules.pool_schema([{"Name": "sub", "Mutable": True, "Required": False}])
    assert attribute(schema, "sub") == attribute(DEFAULT, "sub")


def test_custom_attributes_get_their_prefixes_once():
    schema = rules.pool_schema(
        [
            {"Name": "dept"},
            {"Name": "custom:team"},
            {"Name": "tier", "DeveloperOnlyAttribute": True},
        ]
    )
    assert [each["Name"] for each in schema[20:]] == [
        "custom:dept",
        "custom:team",
        "dev:custom:tier",
    ]
    assert attribute(schema, "custom:dept") == {
        "Name": "custom:dept",
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": False,
        "Mutable": True,
        "Required": False,
        "StringAttributeConstraints": {},
    }


def test_a_custom_attribute_cannot_be_required():
    with pytest.raises(InvalidParameter, match="Required custom attributes are not supported"):
        rules.pool_schema([{"Name": "dept", "Required": True}])


def test_a_name_is_given_once():
    schema = rules.with_custom_attributes(DEFAULT, [{"Name": "dept"}])
    with pytest.raises(InvalidParameter, match="Existing attribute already has name custom:dept"):
        rules.with_custom_attributes(schema, [{"Name": "dept", "AttributeDataType": "Number"}])
    assert "custom:email" in rules.by_name(
        rules.with_custom_attributes(schema, [{"Name": "email"}])
    )


def test_a_pool_has_at_most_fifty_custom_attributes():
    fifty = rules.with_custom_attributes(DEFAULT, [{"Name": f"a{i}"} for i in range(50)])
    with pytest.raises(LimitExceeded):
        rules.with_custom_attributes(fifty, [{"Name": "one_more"}])


@pytest.mark.parametrize(
    ("data_type", "constraints"),
    [
        ("String", {"MinLength": "5", "MaxLength": "4"}),
        ("String", {"MaxLength": "2049"}),
        ("String", {"MinLength": "-1"}),
        ("String", {"MaxLength": "many"}),
        ("String", {"MaxLength": "٣"}),
        ("Number", {"MinValue": "5", "MaxValue": "4"}),
        ("Number", {"MaxValue": str(2**1023 + 1)}),
        ("Number", {"MaxValue": "9" * 100_000}),
        ("Number", {"MinValue": ""}),
    ],
)
def test_bounds_that_make_no_sense_are_refused(data_type, constraints):
    member = f"{data_type}AttributeConstraints"
    with pytest.raises(InvalidParameter, match="custom:x"):
        rules.pool_schema([{"Name": "x", "AttributeDataType": data_type, member: constraints}])


# --- App clients ----------------------------------------------------------------------------

SCHEMA = rules.pool_schema(
    [
        {"Name": "email", "Required": True},
        {"Name": "dept"},
        {"Name": "secret", "DeveloperOnlyAttribute": True},
    ]
)


def test_a_client_without_lists_reads_and_writes_all_but_what_is_not_its_business():
    readable = rules.readable_attributes(SCHEMA, {})
    writable = rules.writable_attributes(SCHEMA, {})
    assert {"email", "email_verified", "custom:dept", "sub", "identities"} <= readable
    assert "dev:custom:secret" not in readable | writable
    assert {"email", "custom:dept"} <= writable
    assert not writable & {"sub", "identities", "email_verified", "phone_number_verified"}


def test_lists_narrow_what_a_client_touches():
    settings = {"ReadAttributes": ["name"], "WriteAttributes": ["email"]}
    assert rules.readable_attributes(SCHEMA, settings) == {"name", "sub", "identities"}
    assert rules.writable_attributes(SCHEMA, settings) == {"email"}


def test_an_empty_list_means_nothing_rather_than_everything():
    settings = {"ReadAttributes": [], "WriteAttributes": []}
    assert rules.readable_attributes(SCHEMA, settings) == {"sub", "identities"}
    assert rules.writable_attributes(SCHEMA, settings) == set()


@pytest.mark.parametrize(
    "write",
    [
        ["name"],
        ["email", "sub"],
        ["email", "email_verified"],
        ["email", "custom:none"],
        ["email", "dev:custom:secret"],
        ["email", "identities"],
    ],
)
def test_a_write_list_has_the_required_attributes_and_nothing_managed(write):
    rules.check_client_attributes(SCHEMA, None, ["email", "custom:dept"])
    with pytest.raises(InvalidParameter, match="Invalid write attributes specified while creating"):
        rules.check_client_attributes(SCHEMA, None, write)


def test_a_read_list_names_attributes_that_exist():
    rules.check_client_attributes(SCHEMA, ["sub", "email_verified"], None)
    for read in (["custom:none"], ["dev:custom:secret"]):
        with pytest.raises(InvalidParameter, match="while updating a client"):
            rules.check_client_attributes(SCHEMA, read, None, doing="updating")
