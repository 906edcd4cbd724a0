"""Entries as people: identifiers, values that cannot be stored, groups, answers to binds."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from federation.ldap import bind_results, people
from federation.ldap.messages import Entry, Result
from idp.user_pools.rules import directory_settings
from idp.user_pools.rules.directory_settings import DirectorySettings, GroupSettings
from idp.user_pools.services.user_directories import Person, Verdict

NOW = datetime(2026, 11, 2, tzinfo=UTC)
GUID = uuid.UUID("12345678-9abc-def0-1234-56789abcdef0")


def settings(kind: str = "active_directory") -> DirectorySettings:
    return directory_settings.parse(
        {
            "type": kind,
            "mode": "source",
            "urls": ["ldaps://directory.example.com"],
            "base_dn": "dc=example,dc=com",
            "attributes": {"email": "mail", "name": "displayName"},
            "verified": ["email"],
        }
    )


def read(**attributes: Any) -> Person | None:
    given = {"samaccountname": b"ada", "objectguid": GUID.bytes_le, "mail": b"a@example.com"}
    values = {name: (value,) for name, value in {**given, **attributes}.items() if value}
    return people.person(Entry("CN=ada,DC=x", values), settings(), NOW)


def test_an_object_guid_is_read_and_sought_in_its_own_order_of_octets() -> None:
    person = read()
    assert person is not None
    assert person.id == str(GUID)
    assert people.identifier_octets(person.id, settings()) == GUID.bytes_le
    assert person.attributes["email_verified"] == "true"


@pytest.mark.parametrize(
    "attributes",
    [
        {"objectguid": None},
        {"objectguid": b"short"},
        {"samaccountname": None},
        {"samaccountname": b"\xff\xfe"},
        {"samaccountname": b"a\x00b"},
        {"samaccountname": b"a" * 5000},
    ],
    ids=["no-id", "short-id", "no-name", "no-utf-8", "nul", "long"],
)
def test_an_entry_without_a_usable_name_or_identifier_is_nobodys(
    attributes: dict[str, Any],
) -> None:
    assert read(**attributes) is None


@pytest.mark.parametrize("mail", [None, b"\xff", b"a\x00@example.com"], ids=["none", "odd", "nul"])
def test_a_value_that_cannot_be_stored_is_none_and_verifies_nothing(mail: bytes | None) -> None:
    person = read(mail=mail)
    assert person is not None
    assert person.attributes == {"email": "", "name": "", "email_verified": "false"}


@pytest.mark.parametrize("value", [b"x", b"9" * 400, b"-1", b""], ids=["word", "long", "-1", "no"])
def test_states_that_are_no_numbers_disable_nobody_or_are_read_as_they_are(value: bytes) -> None:
    person = read(accountexpires=value)
    assert person is not None
    assert person.is_disabled == (value == b"-1")


def test_groups_are_known_by_dn_or_name_whatever_their_case_and_spaces() -> None:
    mapping = {"CN=Makers, OU=Groups,DC=x": "makers", "readers": "readers", "CN=A": "other"}
    found = people.groups(
        [("cn=makers,ou=groups,dc=X", "makers"), ("cn=Readers,dc=x", "Readers"), ("cn=b", "b")],
        GroupSettings(mapping),
    )
    assert found == {"makers", "readers"}


def test_only_active_directory_says_more_than_no() -> None:
    result = Result(49, "80090308: LdapErr: comment: AcceptSecurityContext error, data 533, v1")
    assert bind_results.verdict(result, is_active_directory=True) is Verdict.DISABLED
    assert bind_results.verdict(result, is_active_directory=False) is Verdict.WRONG


@pytest.mark.parametrize("code", [1, 2, 3, 7, 8, 10, 13, 14, 51, 52, 80, 123])
def test_a_server_in_trouble_says_nothing_of_a_password(code: int) -> None:
    assert bind_results.verdict(Result(code, ""), is_active_directory=True) is None
