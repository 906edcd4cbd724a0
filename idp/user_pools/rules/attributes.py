"""Values of user attributes: do they conform to the pool's schema, and may this caller write them?

Values are texts by attribute name, as on the wire. Messages are AWS's own, line ends included.
The checks run over the whole write: what is not in the schema, what this caller may not write,
what cannot be changed, and the values last.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from idp.errors import InvalidParameter, NotAuthorized
from idp.user_pools.rules.schema import (
    MANAGED,
    MAX_VALUE_LENGTH,
    Schema,
    by_name,
    required_attributes,
)

# HTML Standard, "valid e-mail address": the shape that mail systems take, and nothing that could
# end a header line or open a second recipient. Lengths: RFC 5321 §4.5.3.1.
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
_EMAIL_LENGTH = 254
# ITU-T E.164: at most 15 digits, the first not 0; seven is the shortest in use.
_PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def is_email(text: str) -> bool:
    return len(text) <= _EMAIL_LENGTH and _EMAIL.fullmatch(text) is not None


def is_phone_number(text: str) -> bool:
    return _PHONE_NUMBER.fullmatch(text) is not None


def is_verified(attributes: Mapping[str, str], address: str) -> bool:
    """Whether `email` or `phone_number` is known to be the user's."""
    return attributes.get(f"{address}_verified") == "true"


def is_storable(text: str) -> bool:
    """Whether every database takes the text: no NUL, and no half of a surrogate pair."""
    return UNSTORABLE.search(text) is None


def new_attributes(
    schema: Schema,
    attributes: Mapping[str, str],
    *,
    writable: Collection[str] | None = None,
    require_all: bool = True,
) -> dict[str, str]:
    """The attributes of a new user, in the form in which they are stored.

    `writable` is what the app client may write; None for an administrator. AdminCreateUser passes
    `require_all=False`, since an invited user may complete required attributes when he first
    signs in. Raises `NotAuthorized` and `InvalidParameter`.
    """
    known = by_name(schema)
    for name in attributes:
        if name not in known and writable is None:
            raise _nonconforming(f"Type for attribute {{{name}}} could not be determined")
        if name not in known:
            raise _nonconforming(f"{name}: Attribute does not exist in the schema.\n")
    _check_permission(attributes, writable)
    for name in attributes:
        _check_managed(name)
    stored = _conforming(known, attributes)
    missing = missing_attributes(schema, stored) if require_all else []
    if missing:
        lines = "".join(f"{name}: The attribute is required\n" for name in missing)
        raise _nonconforming(lines)
    return stored


def changed_attributes(
    schema: Schema, changes: Mapping[str, str], *, writable: Collection[str] | None = None
) -> dict[str, str]:
    """New values for a user who exists. Raises `NotAuthorized` and `InvalidParameter`.

    An empty value deletes an attribute, so a required one cannot be empty.
    """
    known = by_name(schema)
    _check_known(known, changes)
    _check_permission(changes, writable)
    for name, value in changes.items():
        _check_changeable(known, name)
        if value == "" and known[name]["Required"]:
            raise InvalidParameter(f"user.{name}: Required attribute cannot be deleted.\n")
    return _conforming(known, changes)


def check_deletable(
    schema: Schema, names: Iterable[str], *, writable: Collection[str] | None = None
) -> None:
    """Whether these attributes may be deleted. Raises `NotAuthorized` and `InvalidParameter`."""
    names, known = list(names), by_name(schema)
    _check_known(known, names)
    _check_permission(names, writable)
    for name in names:
        _check_changeable(known, name)
        if known[name]["Required"]:
            raise InvalidParameter(f"user.{name}: Required attribute cannot be deleted.\n")


def challenge_attributes(
    schema: Schema,
    present: Mapping[str, str],
    given: Mapping[str, str],
    *,
    writable: Collection[str] | None = None,
) -> dict[str, str]:
    """What a NEW_PASSWORD_REQUIRED response adds, the `userAttributes.` prefix taken off.

    "In a NEW_PASSWORD_REQUIRED challenge response, you can't modify a required attribute that
    already has a value." All required attributes must be there afterwards.
    """
    known = by_name(schema)
    _check_known(known, given)
    _check_permission(given, writable)
    for name in given:
        _check_managed(name)
        if known[name]["Required"] and present.get(name):
            raise NotAuthorized(f"Cannot modify an already provided {name}")
        # An immutable attribute may still get its first value here, and only its first.
        if present.get(name):
            _check_changeable(known, name)
    stored = _conforming(known, given)
    missing = missing_attributes(schema, {**present, **stored})
    if missing:
        raise InvalidParameter(f"Invalid attributes given, {missing[0]} is missing")
    return stored


def missing_attributes(schema: Schema, attributes: Mapping[str, str]) -> list[str]:
    """The required attributes that have no value."""
    return [name for name in required_attributes(schema) if not attributes.get(name)]


def without_empty(attributes: Mapping[str, str]) -> dict[str, str]:
    """What remains after a change: AWS deletes an attribute that is set to an empty value."""
    return {name: value for name, value in attributes.items() if value != ""}


def _check_permission(names: Iterable[str], writable: Collection[str] | None) -> None:
    if writable is not None and not set(names) <= set(writable):
        raise NotAuthorized("A client attempted to write unauthorized attribute")


def _check_managed(name: str) -> None:
    if name in MANAGED:
        raise InvalidParameter(f"user.{name}: Attribute cannot be updated.\n")


def _check_known(known: Collection[str], names: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise InvalidParameter(f"user.{name}: Attribute does not exist in the schema.\n")


def _check_changeable(known: Mapping[str, Mapping[str, Any]], name: str) -> None:
    if not known[name]["Mutable"] or name in MANAGED:
        raise InvalidParameter(f"user.{name}: Attribute cannot be updated.\n")


def _conforming(
    known: Mapping[str, Mapping[str, Any]], attributes: Mapping[str, str]
) -> dict[str, str]:
    return {name: _conforming_value(known[name], name, value) for name, value in attributes.items()}


def _conforming_value(attribute: Mapping[str, Any], name: str, value: str) -> str:
    """The value as it is stored; an empty one means that there is none."""
    if value == "":
        return value
    if len(value) > MAX_VALUE_LENGTH:
        raise _nonconforming(f"{name}: String must be no longer than 2048 characters")
    if not is_storable(value):
        raise _nonconforming(f"{name}: String has characters that cannot be stored")
    if name == "email" and not is_email(value):
        raise InvalidParameter("Invalid email address format.")
    if name == "phone_number" and not is_phone_number(value):
        raise InvalidParameter("Invalid phone number format.")
    if attribute["AttributeDataType"] == "Boolean":
        value = value.lower()
    fault = _FAULTS[attribute["AttributeDataType"]](attribute, value)
    if fault:
        raise _nonconforming(f"{name}: {fault}")
    return value


def _string_fault(attribute: Mapping[str, Any], value: str) -> str | None:
    constraints = attribute.get("StringAttributeConstraints", {})
    if len(value) < int(constraints.get("MinLength", 0)):
        return f"String must be no shorter than {constraints['MinLength']} characters"
    if len(value) > int(constraints.get("MaxLength", MAX_VALUE_LENGTH)):
        return f"String must be no longer than {constraints['MaxLength']} characters"
    return None


def _number_fault(attribute: Mapping[str, Any], value: str) -> str | None:
    if not _NUMBER.fullmatch(value):
        return "Value must be a number"
    constraints = attribute.get("NumberAttributeConstraints", {})
    number = Decimal(value)
    if "MinValue" in constraints and number < int(constraints["MinValue"]):
        return f"Number must be no less than {constraints['MinValue']}"
    if "MaxValue" in constraints and number > int(constraints["MaxValue"]):
        return f"Number must be no greater than {constraints['MaxValue']}"
    return None


def _boolean_fault(_: Mapping[str, Any], value: str) -> str | None:
    return None if value in {"true", "false"} else "Value must be true or false"


def _date_fault(_: Mapping[str, Any], value: str) -> str | None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return "Value must be a date in the ISO 8601 format"
    return None


_FAULTS = {
    "String": _string_fault,
    "Number": _number_fault,
    "Boolean": _boolean_fault,
    "DateTime": _date_fault,
}


def _nonconforming(fault: str) -> InvalidParameter:
    return InvalidParameter(f"Attributes did not conform to the schema: {fault}")
