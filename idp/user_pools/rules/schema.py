"""A pool's schema: AWS's standard attributes, custom ones, and what an app client may touch.

A schema is a list of SchemaAttributeType documents, as DescribeUserPool answers it. The standard
attributes and their constraints are those of a pool recorded on AWS; the rules for custom ones
are those of the service model's documentation (CreateUserPool, AddCustomAttributes).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from idp.errors import InvalidParameter, LimitExceeded

Attribute = dict[str, Any]
Schema = Sequence[Mapping[str, Any]]

MAX_CUSTOM_ATTRIBUTES = 50
MAX_VALUE_LENGTH = 2048
VERIFIED_FLAGS = frozenset({"email_verified", "phone_number_verified"})
MANAGED = frozenset({"sub", "identities"})
"""What only the pool itself writes."""

_CUSTOM = "custom:"
_DEVELOPER = "dev:custom:"
_CONSTRAINTS = {"String": "StringAttributeConstraints", "Number": "NumberAttributeConstraints"}
_BOUNDS = {"String": ("MinLength", "MaxLength"), "Number": ("MinValue", "MaxValue")}


def _standard(name: str, data_type: str = "String", **constraints: str) -> Attribute:
    attribute: Attribute = {
        "Name": name,
        "AttributeDataType": data_type,
        "DeveloperOnlyAttribute": False,
        "Mutable": name != "sub",
        "Required": name == "sub",
    }
    if data_type in _CONSTRAINTS:
        attribute[_CONSTRAINTS[data_type]] = constraints or {"MinLength": "0", "MaxLength": "2048"}
    return attribute


STANDARD_ATTRIBUTES: Mapping[str, Attribute] = {
    attribute["Name"]: attribute
    for attribute in (
        _standard("sub", MinLength="1", MaxLength="2048"),
        _standard("name"),
        _standard("given_name"),
        _standard("family_name"),
        _standard("middle_name"),
        _standard("nickname"),
        _standard("preferred_username"),
        _standard("profile"),
        _standard("picture"),
        _standard("website"),
        _standard("email"),
        _standard("email_verified", "Boolean"),
        _standard("gender"),
        _standard("birthdate", MinLength="10", MaxLength="10"),
        _standard("zoneinfo"),
        _standard("locale"),
        _standard("phone_number"),
        _standard("phone_number_verified", "Boolean"),
        _standard("address"),
        _standard("updated_at", "Number", MinValue="0"),
    )
}


def pool_schema(given: Iterable[Mapping[str, Any]]) -> list[Attribute]:
    """The schema of a new pool. Raises `InvalidParameter`.

    `given` is CreateUserPool's Schema: a standard name changes that attribute, any other one
    adds a custom attribute.
    """
    standard = {name: dict(attribute) for name, attribute in STANDARD_ATTRIBUTES.items()}
    custom = []
    for attribute in given:
        name = _name(attribute)
        if name in standard:
            standard[name] = _changed_standard(standard[name], attribute)
        else:
            custom.append(attribute)
    return with_custom_attributes(list(standard.values()), custom)


def with_custom_attributes(schema: Schema, added: Iterable[Mapping[str, Any]]) -> list[Attribute]:
    """The schema with further custom attributes. Raises `InvalidParameter`, `LimitExceeded`."""
    attributes = [dict(attribute) for attribute in schema]
    names = {attribute["Name"] for attribute in attributes}
    for each in added:
        attribute = _custom(each)
        if attribute["Name"] in names:
            raise InvalidParameter(
                f"{attribute['Name']}: Existing attribute already has name {attribute['Name']}."
            )
        names.add(attribute["Name"])
        attributes.append(attribute)
    if len(attributes) - len(STANDARD_ATTRIBUTES) > MAX_CUSTOM_ATTRIBUTES:
        raise LimitExceeded(f"A user pool can have {MAX_CUSTOM_ATTRIBUTES} custom attributes.")
    return attributes


def by_name(schema: Schema) -> dict[str, Mapping[str, Any]]:
    return {attribute["Name"]: attribute for attribute in schema}


def required_attributes(schema: Schema) -> list[str]:
    """What a user must have, without `sub`, which the pool gives."""
    return [each["Name"] for each in schema if each["Required"] and each["Name"] not in MANAGED]


def readable_attributes(schema: Schema, client_settings: Mapping[str, Any]) -> frozenset[str]:
    """What an app client may read of its user: its ReadAttributes, or all but developer ones."""
    given = client_settings.get("ReadAttributes")
    everything = {each["Name"] for each in schema if not each["DeveloperOnlyAttribute"]}
    return frozenset(everything if given is None else everything & set(given)) | MANAGED


def writable_attributes(schema: Schema, client_settings: Mapping[str, Any]) -> frozenset[str]:
    """What an app client may write of its user: its WriteAttributes, or all that it could list.

    The model speaks of standard attributes only; in fact a client without the list writes
    custom attributes too, on AWS and in what the CDK documents.
    """
    given = client_settings.get("WriteAttributes")
    possible = _writable_at_all(schema)
    return frozenset(possible if given is None else possible & set(given))


def check_client_attributes(
    schema: Schema,
    read: Sequence[str] | None,
    write: Sequence[str] | None,
    *,
    doing: str = "creating",
) -> None:
    """Raise `InvalidParameter` for lists that a client of this pool cannot have.

    Observed on AWS: a write list without every required attribute is refused, as is one with
    `sub` or the verified flags. `doing` is `creating` or `updating`.
    """
    names = {each["Name"] for each in schema if not each["DeveloperOnlyAttribute"]}
    if read is not None and not set(read) <= names | MANAGED:
        raise InvalidParameter(f"Invalid read attributes specified while {doing} a client")
    if write is not None and not (
        set(required_attributes(schema)) <= set(write) <= _writable_at_all(schema)
    ):
        raise InvalidParameter(f"Invalid write attributes specified while {doing} a client")


def _writable_at_all(schema: Schema) -> set[str]:
    names = {each["Name"] for each in schema if not each["DeveloperOnlyAttribute"]}
    return names - MANAGED - VERIFIED_FLAGS


def _name(given: Mapping[str, Any]) -> str:
    """The service model lets SchemaAttributeType go without a name."""
    name: str | None = given.get("Name")
    if not name:
        raise InvalidParameter("Invalid schema: an attribute has no name.")
    return name


def _changed_standard(standard: Attribute, given: Mapping[str, Any]) -> Attribute:
    name, data_type = standard["Name"], standard["AttributeDataType"]
    if given.get("AttributeDataType", data_type) != data_type or given.get(
        "DeveloperOnlyAttribute", False
    ):
        raise InvalidParameter(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard "
            f"schema attribute {name}"
        )
    if name == "sub":
        return standard
    changed = {
        **standard,
        "Mutable": given.get("Mutable", standard["Mutable"]),
        "Required": given.get("Required", False),
    }
    constraints = _CONSTRAINTS.get(data_type, "")
    if given.get(constraints):
        changed[constraints] = {**standard[constraints], **given[constraints]}
        _check_constraints(name, data_type, changed[constraints])
    return changed


def _custom(given: Mapping[str, Any]) -> Attribute:
    if given.get("Required", False):
        raise InvalidParameter("Required custom attributes are not supported currently.")
    developer_only = given.get("DeveloperOnlyAttribute", False)
    bare = _name(given).removeprefix("dev:").removeprefix(_CUSTOM)
    data_type = given.get("AttributeDataType", "String")
    attribute: Attribute = {
        "Name": (_DEVELOPER if developer_only else _CUSTOM) + bare,
        "AttributeDataType": data_type,
        "DeveloperOnlyAttribute": developer_only,
        "Mutable": given.get("Mutable", True),
        "Required": False,
    }
    if data_type in _CONSTRAINTS:
        constraints = dict(given.get(_CONSTRAINTS[data_type], {}))
        _check_constraints(attribute["Name"], data_type, constraints)
        attribute[_CONSTRAINTS[data_type]] = constraints
    return attribute


def _check_constraints(name: str, data_type: str, constraints: Mapping[str, str]) -> None:
    """The bounds are numbers written as texts; a lower one may not exceed the upper one."""
    low_name, high_name = _BOUNDS[data_type]
    low, high = (_bound(name, constraints.get(each)) for each in (low_name, high_name))
    what = "length" if data_type == "String" else "value"
    if low is not None and high is not None and low > high:
        raise InvalidParameter(f"user.{name}: Max {what} cannot be less than min {what}.")
    if data_type == "String" and max(low or 0, high or 0) > MAX_VALUE_LENGTH:
        raise InvalidParameter(
            f"user.{name}: String attributes cannot have a length of more than 2048"
        )
    if data_type == "String" and min(low or 0, high or 0) < 0:
        raise InvalidParameter(f"user.{name}: String attributes cannot have a negative length")


def _bound(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    # 309 digits: "must be a number less than or equal to 2^1023".
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 309 or int(digits) > 2**1023:
        raise InvalidParameter(f"user.{name}: Invalid constraint {text[:40]}: not a number.")
    return int(text)
