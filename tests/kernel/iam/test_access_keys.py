"""Access keys in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from kernel import settings
from kernel.clock import Clock
from kernel.database import Database
from kernel.iam.access_keys import AccessKeys
from kernel.iam.errors import (
    AccessKeyExists,
    AccessKeyNotFound,
    InvalidUserName,
    MalformedPolicyDocument,
)
from kernel.iam.known_keys import MAX_AGE
from kernel.iam.policy import FULL_ACCESS
from kernel.sealing import Sealer

ACCOUNT = "000000000000"


class Time:
    """A clock and a monotonic time that tests move."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def moment() -> Time:
    return Time()


@pytest.fixture
def keys(database: Database, moment: Time) -> AccessKeys:
    return AccessKeys(database, Sealer({1: b"k" * 32}), clock=Clock(moment), monotonic=moment)


@pytest.fixture
def elsewhere(database: Database, moment: Time) -> AccessKeys:
    """Another process's view of the same database."""
    return AccessKeys(database, Sealer({1: b"k" * 32}), clock=Clock(moment), monotonic=moment)


def test_a_created_key_is_found_with_its_secret(keys, elsewhere) -> None:
    created = keys.create(ACCOUNT, "ada", policies=[FULL_ACCESS])
    assert created.id.startswith("AKIA")
    assert (len(created.id), len(created.secret)) == (20, 40)
    for view in (keys, elsewhere):
        found = view.find(created.id)
        assert found is not None
        assert (found.secret, found.account, found.is_active) == (created.secret, ACCOUNT, True)
        assert found.arn == f"arn:aws:iam::{ACCOUNT}:user/ada"
        assert found.session_token is None
    assert keys.find("AKIA" + "A" * 16) is None


def test_the_secret_is_nowhere_in_clear(keys, database) -> None:
    created = keys.create(ACCOUNT, "ada", session_token="token-in-clear")
    with database.engine.connect() as connection:
        row = str(tuple(connection.execute(text("SELECT * FROM access_keys")).one()))
    assert created.secret not in row
    assert "token-in-clear" not in row
    assert created.secret not in repr(created) + repr(keys.list())


def test_a_secret_moved_to_another_key_does_not_open(keys, database) -> None:
    mine = keys.create(ACCOUNT, "ada")
    theirs = keys.create(ACCOUNT, "eve", policies=[FULL_ACCESS])
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE access_keys SET sealed_secret = "
                "(SELECT sealed_secret FROM access_keys WHERE id = :mine) WHERE id = :theirs"
            ),
            {"mine": mine.id, "theirs": theirs.id},
        )
    with pytest.raises(ValueError, match="sealed for another purpose"):
        keys.find(theirs.id)


def test_a_disabled_key_is_found_as_inactive_until_it_is_enabled(keys) -> None:
    created = keys.create(ACCOUNT, "ada")
    assert keys.find(created.id).is_active
    keys.disable(created.id)
    assert not keys.find(created.id).is_active
    keys.enable(created.id)
    assert keys.find(created.id).is_active


def test_a_deleted_key_is_gone_at_once(keys) -> None:
    created = keys.create(ACCOUNT, "ada", policies=[FULL_ACCESS])
    assert keys.policies(created.id)
    keys.delete(created.id)
    assert keys.find(created.id) is None
    assert keys.policies(created.id) == ()


def test_another_processs_change_is_seen_within_a_second(keys, elsewhere, moment) -> None:
    disabled, deleted = keys.create(ACCOUNT, "ada"), keys.create(ACCOUNT, "eve")
    elsewhere.find(disabled.id)
    elsewhere.find(deleted.id)
    keys.disable(disabled.id)
    keys.delete(deleted.id)
    moment.now += MAX_AGE
    assert not elsewhere.find(disabled.id).is_active
    assert elsewhere.find(deleted.id) is None


def test_a_found_key_is_taken_from_memory_for_a_while(keys, database, moment) -> None:
    created = keys.create(ACCOUNT, "ada")
    first = keys.find(created.id)
    moment.now += MAX_AGE / 2
    assert keys.find(created.id) is first
    moment.now += MAX_AGE / 2
    assert keys.find(created.id) is not first


def test_unknown_keys_do_not_push_known_ones_out(keys, monkeypatch) -> None:
    monkeypatch.setattr("kernel.iam.known_keys.MAX_KNOWN", 10)
    created = keys.create(ACCOUNT, "ada")
    first = keys.find(created.id)
    for number in range(20):
        assert keys.find(f"AKIA{number:016d}") is None
    assert keys.find(created.id) is first


@pytest.mark.parametrize(
    "key_id", ["", "\x00" * 16, "AKIA\x00AAAAAAAAAAAAAAA", "a" * 5000, "' OR 1=1"]
)
def test_what_is_no_key_id_is_not_found(keys, key_id) -> None:
    assert keys.find(key_id) is None


def test_a_temporary_key_ends(keys, moment) -> None:
    expires = Clock(moment).now() + timedelta(minutes=15)
    created = keys.create(ACCOUNT, "ada", session_token="token", expires=expires)
    assert keys.find(created.id).session_token == "token"
    moment.now += 15 * 60
    assert keys.find(created.id) is None
    assert keys.policies(created.id) == ()


def test_keys_are_listed_by_pages_and_accounts(keys) -> None:
    made = sorted(keys.create(ACCOUNT, name).id for name in ("ada", "bob", "cyd"))
    other = keys.create("1" * 12, "dan")
    first = keys.list(ACCOUNT, limit=2)
    rest = keys.list(ACCOUNT, after=first[-1].id, limit=2)
    assert [key.id for key in (*first, *rest)] == made
    assert {key.id for key in keys.list()} == {*made, other.id}
    assert keys.list("2" * 12) == []


def test_the_first_key_is_roots_with_full_access(keys) -> None:
    created = keys.create_first(settings.parse({}))
    assert created.arn == f"arn:aws:iam::{ACCOUNT}:root"
    (key,) = keys.list()
    assert key.policies == [FULL_ACCESS]
    assert keys.create_first(settings.parse({})) is None


def test_settings_seed_the_first_key(keys) -> None:
    seeds = {
        "root_access_key_id": "POOLGATEROOTKEY1",
        "root_secret_access_key": "a-secret-of-the-operator",
        "account_id": "123456789012",
    }
    keys.create_first(settings.parse(seeds))
    found = keys.find("POOLGATEROOTKEY1")
    assert (found.secret, found.account) == ("a-secret-of-the-operator", "123456789012")


def test_a_key_that_exists_is_not_overwritten(keys) -> None:
    keys.create(ACCOUNT, "ada", access_key_id="AKIAEXISTING0000", secret="first")
    with pytest.raises(AccessKeyExists):
        keys.create(ACCOUNT, "eve", access_key_id="AKIAEXISTING0000", secret="second")
    assert keys.find("AKIAEXISTING0000").secret == "first"


def test_what_does_not_exist_cannot_be_changed(keys) -> None:
    for change in (keys.disable, keys.enable, keys.delete):
        with pytest.raises(AccessKeyNotFound):
            change("AKIAMISSING00000")


def test_a_malformed_policy_is_not_stored(keys) -> None:
    with pytest.raises(MalformedPolicyDocument):
        keys.create(ACCOUNT, "ada", policies=[FULL_ACCESS, {"Statement": []}])
    assert keys.list() == []


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a:b", "*", "a" * 65, "ä", "a\n"])
def test_a_user_name_cannot_forge_an_arn(keys, name) -> None:
    with pytest.raises(InvalidUserName):
        keys.create(ACCOUNT, name)


def test_a_stored_policy_that_cannot_be_read_allows_nothing(keys, database) -> None:
    created = keys.create(ACCOUNT, "ada", policies=[FULL_ACCESS])
    with database.engine.begin() as connection:
        connection.execute(text("""UPDATE access_keys SET policies = '[{"Statement": "x"}]'"""))
    assert keys.policies(created.id) == ()
