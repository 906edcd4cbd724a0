"""Whoever has no token of the pool learns and changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idp.errors import LimitExceeded
from idp.models import PoolDocument
from idp.scim import authentication
from idp.user_pools.services import pools, scim_tokens
from tests.idp.oauth.world import ORIGIN, World
from tests.idp.scim.directory import Directory, make_token, refused

PATHS = (
    ("GET", "Users"),
    ("GET", "ServiceProviderConfig"),
    ("GET", "Schemas"),
    ("GET", "Me"),
    ("GET", "Nothing"),
    ("POST", "Bulk"),
    ("DELETE", "Users/00000000-0000-4000-8000-000000000000"),
)


def test_pools_without_a_token_answer_as_pools_that_do_not_exist(
    world: World, directory: Directory
) -> None:
    silent, missing = world.pool(), "us-east-1_Missing99"
    answers = {
        (answer.status_code, answer.data, answer.headers["WWW-Authenticate"])
        for pool_id in (directory.pool_id, silent, missing)
        for method, path in PATHS
        for answer in [
            replace(directory, pool_id=pool_id, token=make_token(world, world.pool())).ask(
                method, path
            )
        ]
    }
    assert len(answers) == 1
    ((status, _, challenge),) = answers
    assert (status, challenge) == (401, 'Bearer realm="scim"')


def test_users_cannot_be_told_apart_without_a_token(world: World, directory: Directory) -> None:
    user_id = directory.make_user("ada")["id"]
    stranger = replace(directory, token="a.b")
    known = stranger.get(f"Users/{user_id}")
    unknown = stranger.get("Users/00000000-0000-4000-8000-000000000000")
    assert (
        (known.status_code, known.data) == (unknown.status_code, unknown.data) == (401, known.data)
    )
    found = stranger.get("Users", filter='userName eq "ada"')
    assert found.data == known.data


def test_a_token_is_good_for_its_own_pool_alone(directory: Directory, by_email: Directory) -> None:
    user_id = directory.make_user("ada")["id"]
    other = replace(directory, token=by_email.token)
    refused(other.get("Users"), 401)
    # And through its own pool, nobody of the other one is reached.
    for method in ("GET", "DELETE"):
        refused(by_email.ask(method, f"Users/{user_id}"), 404)
    refused(by_email.ask("PUT", f"Users/{user_id}", {"userName": "x@example.com"}), 404)
    assert by_email.found("Users", f'id eq "{user_id}"') == []
    group_id = directory.make_group("Sales", user_id)["id"]
    for method in ("GET", "DELETE"):
        refused(by_email.ask(method, f"Groups/{group_id}"), 404)
    assert by_email.found("Groups", f'members eq "{user_id}"') == []


def test_a_token_that_has_expired_or_was_revoked_is_good_for_nothing(world: World) -> None:
    directory = Directory.of(world, world.pool(), days=1)
    assert directory.get("Users").status_code == 200
    token_id = directory.token.partition(".")[0]
    world.time.now += 86_401
    refused(directory.get("Users"), 401)
    second = Directory.of(world, directory.pool_id)
    assert second.get("Users").status_code == 200
    revoked = second.token.partition(".")[0]
    assert world.kernel.database.write(scim_tokens.revoke, second.pool_id, revoked)
    refused(second.get("Users"), 401)
    assert not world.kernel.database.write(scim_tokens.revoke, second.pool_id, token_id)


def test_half_a_token_and_other_words_are_good_for_nothing(directory: Directory) -> None:
    token_id, _, secret = directory.token.partition(".")
    for token in (
        "",
        token_id,
        f"{token_id}.",
        f".{secret}",
        secret,
        directory.token[:-1],
        f"{directory.token}x",
        f"{token_id}.{'A' * len(secret)}",
        "x" * 5000,
        "\u00e9.\u00e9",
    ):
        headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
        refused(directory.ask("GET", "Users", headers=headers), 401)
    for words in (f"Basic {directory.token}", directory.token, "Bearer", ""):
        refused(directory.ask("GET", "Users", headers={"Authorization": words}), 401)
    query = replace(directory, token="no").get("Users", access_token=directory.token)
    refused(query, 401)


def test_no_token_is_stored(world: World, directory: Directory) -> None:
    secret = directory.token.partition(".")[2]
    (row,) = [row for row in world.rows(PoolDocument) if row.kind == scim_tokens.KIND]
    assert secret not in str(row.document)
    world.kernel.database.close()
    assert all(
        secret.encode() not in path.read_bytes()
        for path in world.kernel.settings.instance.rglob("*")
        if path.is_file()
    )


def test_a_pool_has_so_many_tokens_at_most(world: World) -> None:
    pool_id = world.pool()
    for _ in range(scim_tokens.MOST_TOKENS):
        make_token(world, pool_id, days=1)
    with pytest.raises(LimitExceeded, match="tokens already"):
        make_token(world, pool_id)
    world.time.now += 86_401
    assert make_token(world, pool_id)


def test_requests_are_limited_for_each_token_and_each_network(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "TOKEN_BURST", 3)
    answers = [directory.get("ServiceProviderConfig") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"]
    refused(answers[-1], 429)
    monkeypatch.setattr(authentication, "ADDRESS_BURST", 3)
    stranger = replace(directory, token="a.b", pool_id="us-east-1_Missing99")
    browser = directory.world.browser()
    statuses = [
        browser.get(
            f"/scim/v2/{stranger.pool_id}/Users",
            base_url=ORIGIN,
            environ_base={"REMOTE_ADDR": "203.0.113.9"},
        ).status_code
        for _ in range(4)
    ]
    assert statuses == [401, 401, 401, 429]


def test_a_pool_that_is_being_deleted_has_no_endpoint(
    world: World, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are still there, and a token that was made just now as well."""
    monkeypatch.setattr(pools, "DELETED_AT_ONCE", 0)
    user_id = directory.make_user("ada")["id"]
    world.kernel.database.write(pools.delete, world.call, directory.pool_id)
    late = replace(directory, token=make_token(world, directory.pool_id))
    for method, path in (*PATHS, ("GET", f"Users/{user_id}"), ("DELETE", f"Users/{user_id}")):
        refused(late.ask(method, path), 401)
    assert directory.stored(user_id).enabled
