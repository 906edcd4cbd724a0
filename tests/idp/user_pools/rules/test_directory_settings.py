"""Settings of a pool's directory: what an operator may write, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from idp.user_pools.rules import directory_settings
from idp.user_pools.rules.documented_settings import WrongSetting

GOOD: dict[str, Any] = {
    "mode": "source",
    "urls": ["ldaps://one.example.com", "ldaps://two.example.com:3269/"],
    "base_dn": "dc=example,dc=com",
    "attributes": {"email": "mail"},
}


def test_each_type_has_defaults_of_its_own() -> None:
    ldap = directory_settings.parse(GOOD)
    assert (ldap.user_filter, ldap.id_attribute) == ("(uid={username})", "entryUUID")
    active = directory_settings.parse({**GOOD, "type": "active_directory"})
    assert active.id_attribute == "objectGUID"
    assert "userPrincipalName" in active.user_filter


@pytest.mark.parametrize(
    "members",
    [
        {"urls": ["ldap://directory.example.com"], "start_tls": True},
        {"urls": ["ldap://127.0.0.1:389"], "plain_on_loopback": True},
        {"urls": ["ldap://localhost"], "plain_on_loopback": True},
        {"urls": ["ldaps://[2001:db8::1]"]},
        {"verified": ["email"]},
        {"user_filter": "(&(a=b,c=d)(|(uid={username})(userPrincipalName={username}@x.example)))"},
        {"groups": {"mapping": {"cn=a,dc=b": "a"}}},
        {"groups": {"base_dn": "dc=b", "filter": "(memberUid={username})", "mapping": {"a": "b"}}},
        {
            "type": "active_directory",
            "groups": {"base_dn": "dc=b", "nested": True, "mapping": {"a": "b"}},
        },
    ],
    ids=str,
)
def test_good_documents(members: dict[str, Any]) -> None:
    assert directory_settings.parse({**GOOD, **members})


@pytest.mark.parametrize(
    "members",
    [
        {"mode": "both"},
        {"mode": None},
        {"urls": []},
        {"urls": "ldaps://one.example.com"},
        {"urls": ["https://one.example.com"]},
        {"urls": ["ldaps://one.example.com/dc=example"]},
        {"urls": ["ldaps://ada@one.example.com"]},
        {"urls": ["ldaps://one.example.com:port"]},
        {"urls": ["ldaps://one.example.com", "ldaps://one.example.com"]},
        {"urls": ["ldap://one.example.com"]},
        {"urls": ["ldap://one.example.com"], "plain_on_loopback": True},
        {"urls": ["ldap://127.0.0.1"]},
        {"urls": ["ldap://localhost.example.com"], "plain_on_loopback": True},
        {"start_tls": True},
        {"ca": "no certificate"},
        {"base_dn": ""},
        {"scope": "everything"},
        {"user_filter": "(uid=ada)"},
        {"user_filter": "(&(uid={username})(cn={name}))"},
        {"user_filter": "({username}=ada)"},
        {"user_filter": "(entryDN=uid={username},ou=people,dc=example,dc=com)"},
        {"user_filter": "(|(uid={username})(member=uid={username}))"},
        {"groups": {"mapping": {"a": "b"}, "base_dn": "dc=b", "filter": "(member=x{dn})"}},
        {"attributes": {"sub": "entryUUID"}},
        {"attributes": {"email_verified": "mail"}},
        {"attributes": {"email": "mail)(uid=*"}},
        {"verified": ["phone_number"]},
        {"verified": ["name"]},
        {"groups": {}},
        {"groups": {"mapping": {"a": "b"}, "filter": "(member={dn})"}},
        {"groups": {"mapping": {"a": "b"}, "base_dn": "dc=b", "filter": "(member=ada)"}},
        {"groups": {"mapping": {"a": "b"}, "base_dn": "dc=b", "nested": True}},
        {"timeout_seconds": 0},
        {"timeout_seconds": 3600},
        {"connections": 0},
        {"failure_minutes": 61},
        {"most_failures": 0},
        {"password": "x"},
    ],
    ids=str,
)
def test_wrong_documents(members: dict[str, Any]) -> None:
    with pytest.raises(WrongSetting):
        directory_settings.parse({**GOOD, **members})


@pytest.mark.parametrize("document", [None, [], "x", {}, {"mode": "source"}], ids=str)
def test_what_is_no_document(document: Any) -> None:
    with pytest.raises(WrongSetting):
        directory_settings.parse(document)
