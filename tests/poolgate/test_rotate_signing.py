"""`poolgate keys rotate-signing`, and what `poolgate pools oauth` does about keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from idp.models import PoolSigningKey, UserPool
from idp.user_pools.services import oauth_settings, signing_keys
from kernel import sealing, settings
from kernel.clock import Clock
from kernel.database import Database
from poolgate import instance
from poolgate.cli import main
from tests.idp.user_pools.operations.world import quick_keys
from tests.poolgate.instances import pool

POOL = "eu-west-1_One"
Run = Callable[..., int]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An instance with a pool whose keys were published just now."""
    made = tmp_path / "instance"
    configured = settings.parse({"instance": str(made)})
    instance.initialise(configured)
    sealer = sealing.load(configured)

    def unit(session):
        session.add(pool())
        session.flush()
        signing_keys.store(session, sealer, POOL, quick_keys(2), Clock().now())

    in_database(made, lambda database: database.write(unit))
    return made


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(signing_keys, "make", quick_keys)
    return lambda *words: main([*words, "--instance", str(folder)])


def in_database(folder: Path, work: Callable[[Database], object]):
    database = instance.open_database(settings.parse({"instance": str(folder)}))
    try:
        return work(database)
    finally:
        instance.close_database(database)


def rows(folder: Path) -> list[PoolSigningKey]:
    ordered = select(PoolSigningKey).order_by(PoolSigningKey.position)
    return in_database(
        folder, lambda database: database.read(lambda session: list(session.scalars(ordered)))
    )


def let_time_pass(folder: Path, hours: float) -> None:
    created = Clock().now() - timedelta(hours=hours)
    statement = update(PoolSigningKey).values(created=created)
    in_database(folder, lambda database: database.write(lambda s: s.execute(statement)))


def rotate(run: Run, *words: str) -> int:
    return run("keys", "rotate-signing", "--pool", POOL, *words)


def test_the_next_key_signs_and_each_keys_state_is_told(folder, run, capsys):
    first, second = (row.kid for row in rows(folder))
    let_time_pass(folder, 3)
    assert rotate(run) == 0
    signs, waits, verifies = capsys.readouterr().out.splitlines()
    assert signs == f"{second} RS256  signs"
    assert re.fullmatch(rf"[\w-]+ RS256  waits, can sign from {MOMENT}", waits)
    assert re.fullmatch(rf"{first} RS256  verifies until {MOMENT}", verifies)


MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"


def test_a_key_that_verifiers_may_not_know_is_waited_for(folder, run, capsys):
    before = [row.kid for row in rows(folder)]
    assert rotate(run) == 1
    assert re.search(rf"can sign from {MOMENT}.*--now does not wait", capsys.readouterr().err)
    assert [row.kid for row in rows(folder)] == before
    assert rotate(run, "--now") == 0
    assert rows(folder)[0].kid == before[1]


def test_a_leaked_key_is_withdrawn_and_the_drill_is_told(folder, run, capsys):
    first, second = (row.kid for row in rows(folder))
    assert rotate(run, "--leaked") == 0
    told = capsys.readouterr().out
    assert f"Withdrawn: {first}.\n" in told
    assert f"/{POOL}/.well-known/jwks.json" in told
    assert "Refresh tokens stay good" in told
    assert rows(folder)[0].kid == second
    assert first not in [row.kid for row in rows(folder)]


def test_all_keys_or_one_of_them_may_have_leaked(folder, run, capsys):
    first, second = (row.kid for row in rows(folder))
    assert rotate(run, "--leaked", second) == 0
    assert rows(folder)[0].kid == first
    assert second not in [row.kid for row in rows(folder)]
    assert rotate(run, "--leaked", "all") == 0
    assert first not in [row.kid for row in rows(folder)]
    assert len(rows(folder)) == 2
    assert rotate(run, "--leaked", "made-up") == 1
    assert "publishes no key made-up" in capsys.readouterr().err


def test_a_pool_that_does_not_exist_is_named(run, capsys):
    assert run("keys", "rotate-signing", "--pool", "eu-west-1_Two") == 1
    assert "no user pool eu-west-1_Two" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--pool", POOL, "--now", "--leaked"]])
def test_wrong_usage_is_refused(run, words):
    with pytest.raises(SystemExit) as stopped:
        run("keys", "rotate-signing", *words)
    assert stopped.value.code == 2


def test_another_algorithm_is_published_when_it_is_set(folder, run, capsys, tmp_path):
    document = tmp_path / "pool.json"
    document.write_text(json.dumps({"signing_algorithm": "ES256", "signing_key_days": 90}))
    assert run("pools", "oauth", POOL, str(document)) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"signing_algorithm": "ES256", "signing_key_days": 90}
    assert re.search(rf"RS256 signs until {MOMENT}.*the key for ES256 first", shown.err)
    assert [row.public_jwk["alg"] for row in rows(folder)] == ["RS256", "ES256"]
    let_time_pass(folder, 3)
    assert rotate(run) == 0
    assert [row.public_jwk["alg"] for row in rows(folder)] == ["ES256", "ES256", "RS256"]


def test_a_wrong_algorithm_changes_nothing(folder, run, capsys, tmp_path):
    document = tmp_path / "pool.json"
    document.write_text(json.dumps({"signing_algorithm": "none"}))
    before = [row.kid for row in rows(folder)]
    assert run("pools", "oauth", POOL, str(document)) == 1
    assert "signing_algorithm must be one of RS256" in capsys.readouterr().err
    assert [row.kid for row in rows(folder)] == before


def test_a_document_that_cannot_be_read_is_said(folder, run, capsys):
    document = {"signing_key_days": "often"}

    def unit(session):
        oauth_settings.documents.put(session, POOL, "oauth", "pool", document, Clock().now())

    in_database(folder, lambda database: database.write(unit))
    assert rotate(run, "--leaked") == 1
    assert "oauth` document first: signing_key_days must be" in capsys.readouterr().err


def test_nothing_secret_is_shown(folder, run, capsys):
    rotate(run, "--leaked", "all")
    shown = capsys.readouterr()
    assert "PRIVATE" not in shown.out + shown.err


def test_a_deleted_pool_gets_no_keys(folder, run, capsys):
    def unit(session):
        session.get_one(UserPool, POOL).account = ""

    in_database(folder, lambda database: database.write(unit))
    assert rotate(run, "--leaked", "all") == 1
    assert "no user pool" in capsys.readouterr().err
