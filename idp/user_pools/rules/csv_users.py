"""The CSV file of a user import job: its header, its lines, and the user that a line describes.

Developer guide, "Importing users into user pools from a CSV file": a line for each user, a
backslash before a comma that belongs to a value; every column of GetCSVHeader is there, in any
order. Jobs with a PasswordHashingAlgorithm have one column more, `cognito:password_hash`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidParameter
from idp.user_pools.rules import attributes, imported_hashes, usernames
from idp.user_pools.rules.schema import Schema

USERNAME = "cognito:username"
MFA_ENABLED = "cognito:mfa_enabled"
PASSWORD_HASH = "cognito:password_hash"

LONGEST_LINE = 16_000
"""Characters. Quotas in Amazon Cognito: "Maximum characters for each user import CSV row"."""

_BYTE_ORDER_MARK = "\ufeff"
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True)
class ImportRules:
    """What the rows of one job are held against."""

    settings: Mapping[str, Any]
    schema: Schema
    columns: tuple[str, ...]
    """The file's own order."""
    algorithm: str | None
    """PasswordHashingAlgorithmType."""


@dataclass(frozen=True, repr=False)
class ImportedUser:
    """A user who conforms to the pool's rules."""

    username: str
    attributes: dict[str, str]
    has_mfa: bool
    password_hash: str | None
    hash_form: str | None


def header(schema: Schema) -> list[str]:
    """GetCSVHeader: every attribute that an import may write, and the two columns of Cognito's."""
    names = [each["Name"] for each in schema if each["Name"] not in ("sub", "identities")]
    return [*names, MFA_ENABLED, USERNAME]


def parse_header(line: str, schema: Schema, algorithm: str | None) -> tuple[str, ...]:
    """The columns of a file. Raises `InvalidParameter` where one is missing, or is none of ours."""
    found = cells(line.removeprefix(_BYTE_ORDER_MARK))
    expected = {*header(schema), *([PASSWORD_HASH] if algorithm else [])}
    if len(found) != len(expected) or set(found) != expected:
        raise InvalidParameter("The header of the CSV file is not the one that GetCSVHeader gives.")
    return tuple(found)


def cells(line: str) -> list[str]:
    """The values of a line, without the spaces around them. Raises `InvalidParameter`."""
    if len(line) > LONGEST_LINE:
        raise InvalidParameter(f"The line is longer than {LONGEST_LINE} characters.")
    try:
        rows = list(csv.reader([line], escapechar="\\", strict=True))
    except csv.Error:
        raise InvalidParameter("The line is not CSV.") from None
    if len(rows) != 1:
        raise InvalidParameter("The line is not CSV.")
    return [cell.strip() for cell in rows[0]]


def parse_user(rules: ImportRules, line: str, user_id: str) -> ImportedUser:
    """The user of a line; `user_id` is to be his `sub`. Raises `InvalidParameter`."""
    values = cells(line)
    if len(values) != len(rules.columns):
        raise InvalidParameter("The line has another number of columns than the header.")
    row = {name: value for name, value in zip(rules.columns, values, strict=True) if value}
    hashed = row.pop(PASSWORD_HASH, None)
    form = _hash_form(rules, hashed)
    has_mfa = _flag(row.pop(MFA_ENABLED, ""), MFA_ENABLED)
    typed = row.pop(USERNAME, "")
    username, stored = _identity(rules, typed, row, user_id)
    _check_verified(rules.settings, stored)
    _check_mfa(rules.settings, stored, has_mfa)
    return ImportedUser(username, stored, has_mfa, hashed, form)


def _hash_form(rules: ImportRules, hashed: str | None) -> str | None:
    if hashed is None or rules.algorithm is None:
        return None
    return imported_hashes.check_importable(rules.algorithm, hashed)


def _identity(
    rules: ImportRules, typed: str, row: Mapping[str, str], user_id: str
) -> tuple[str, dict[str, str]]:
    """Username and attributes. Where addresses are the usernames, the column may be empty."""
    settings = rules.settings
    if not typed and usernames.generates_usernames(settings):
        typed = next((row[kind] for kind in settings["UsernameAttributes"] if kind in row), "")
    if not typed:
        raise InvalidParameter(f"{USERNAME} is empty.")
    if len(typed) > _LONGEST_USERNAME or any(character.isspace() for character in typed):
        raise InvalidParameter(f"{USERNAME} is longer than 128 characters, or holds a space.")
    if not attributes.is_storable(typed):
        raise InvalidParameter(f"{USERNAME} has characters that cannot be stored.")
    username, filled = usernames.new_user(settings, typed, user_id, row)
    stored = attributes.new_attributes(rules.schema, filled)
    if "preferred_username" in stored:
        usernames.check_preferred_username(settings, stored["preferred_username"])
    return username, attributes.without_empty(stored)


_LONGEST_USERNAME = 128


def _check_verified(settings: Mapping[str, Any], stored: Mapping[str, str]) -> None:
    """ "At least one of the auto-verified attributes must be true for each user"; a lone one must.

    Nobody could reset his password otherwise. A verified address must be there.
    """
    for kind in usernames.ADDRESSES:
        if attributes.is_verified(stored, kind) and kind not in stored:
            raise InvalidParameter(f"{kind}_verified is true, but {kind} is empty.")
    verified = settings.get("AutoVerifiedAttributes", ())
    if not any(attributes.is_verified(stored, kind) for kind in verified):
        raise InvalidParameter(
            "The user record does not set any of the auto verified attributes to true. "
            "(Example: email_verified to true)."
        )


def _check_mfa(settings: Mapping[str, Any], stored: Mapping[str, str], has_mfa: bool) -> None:
    """ "If you've set MFA to be required, this field must be true for all users. If you've set MFA
    to be off, this field must be false for all users." """
    mode = settings.get("MfaConfiguration", "OFF")
    if mode == "OFF" and has_mfa:
        raise InvalidParameter(f"{MFA_ENABLED} is true, but the user pool has no MFA.")
    if mode == "ON" and not has_mfa:
        raise InvalidParameter(f"{MFA_ENABLED} is false, but the user pool requires MFA.")
    if has_mfa and "phone_number" not in stored:
        raise InvalidParameter(f"{MFA_ENABLED} is true, but phone_number is empty.")


def _flag(text: str, column: str) -> bool:
    try:
        return _FLAGS[text.lower()]
    except KeyError:
        raise InvalidParameter(f"{column} must be true or false.") from None


def sign_in_names(
    settings: Mapping[str, Any], user: ImportedUser, status: str
) -> Sequence[tuple[str, str]]:
    """Every (kind, normalised name) that finds the user, the username first."""
    names = usernames.sign_in_names(settings, user.username, status, user.attributes)
    return sorted(names, key=lambda each: each[0] != "username")
