"""The endpoint as scim2-tester sees it: every check of RFC 7643 and RFC 7644 that it knows, with
scim2-client over a socket."""

from __future__ import annotations

import time

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests.servers.poolgate_server import Poolgate

PAUSE_SECONDS = 0.01
"""Before each request: so many a second the endpoint takes for ever."""
# What the tester makes up has 36 characters: a date would be refused.
DATE = {"Name": "birthdate", "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "99"}}
CUSTOM = {"Name": "tier", "Mutable": True}
# The tester makes up passwords.
KINDS = ("Uppercase", "Lowercase", "Numbers", "Symbols")
EASY = {"PasswordPolicy": {"MinimumLength": 8, **{f"Require{each}": False for each in KINDS}}}


def test_scim2_tester_finds_no_error(poolgate_server: Poolgate) -> None:
    made = poolgate_server.client("cognito-idp").create_user_pool(
        PoolName="provisioned",
        Schema=[{"AttributeDataType": "String", **each} for each in (DATE, CUSTOM)],
        Policies=EASY,
    )
    pool_id = made["UserPool"]["Id"]
    token = poolgate_server.command("pools", "scim-token", pool_id).stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    base = f"{poolgate_server.url}/scim/v2/{pool_id}"
    hooks = {"request": [lambda _: time.sleep(PAUSE_SECONDS)]}
    with Client(base_url=base, headers=headers, timeout=30, event_hooks=hooks) as client:
        results = check_server(SyncSCIMClient(client))
    wrong = [f"{each.title}: {each.reason}" for each in results if each.status != Status.SUCCESS]
    assert len(results) > 50
    # A user is always either: whoever takes `active` away changes nothing.
    assert wrong == ["check_remove_attribute: PATCH modify() did not remove attribute 'active'"]
