"""`poolgate pools directories`, `directory` and `directory-test`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from idp.models import PoolDocument, UserPool
from kernel import sealing, settings
from poolgate import instance, sealed_columns
from poolgate.cli import main
from tests.servers.slapd import PASSWORD, SEARCHER_PASSWORD, Slapd

NOW = datetime(2026, 11, 2, tzinfo=UTC)
POOL = "eu-west-1_One"
SCHEMA = [{"Name": n, "AttributeDataType": "String", "Required": False} for n in ("email", "name")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "instance"
    configured = settings.parse({"instance": str(made)})
    instance.initialise(configured)
    pool = UserPool(
        id=POOL, account="0", region="eu-west-1", name="one", settings={}, schema=SCHEMA,
        created=NOW, modified=NOW,
    )  # fmt: skip
    database = instance.open_database(configured)
    database.write(lambda session: session.add(pool))
    instance.close_database(database)
    return made


@pytest.fixture
def uid(slapd: Slapd) -> str:
    name = f"c{uuid4().hex[:10]}"
    slapd.person(name)
    return name


def run(folder: Path, *words: str) -> int:
    return main(["pools", *words, f"--instance={folder}"])


def configure(folder: Path, document: dict[str, Any]) -> int:
    path = folder / "document.json"
    path.write_text(json.dumps(document))
    return run(folder, "directory", POOL, str(path))


def test_a_directory_is_set_shown_and_listed_without_its_secret(
    folder: Path, slapd: Slapd, capsys: pytest.CaptureFixture[str]
) -> None:
    assert configure(folder, slapd.document()) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["urls"] == [slapd.tls_url]
    assert not {"bind_password", "sealed"} & shown.keys()
    assert run(folder, "directory", POOL) == 0
    assert json.loads(capsys.readouterr().out) == shown
    assert run(folder, "directories") == 0
    assert capsys.readouterr().out == f"{POOL}  source   {slapd.tls_url}\n"


def test_secrets_may_come_from_files(
    folder: Path, slapd: Slapd, uid: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, authority = folder / "secret", folder / "ca.pem"
    secret.write_text(f"{SEARCHER_PASSWORD}\n")
    slapd.authority.write(authority)
    files = {"bind_password_file": str(secret), "ca_file": str(authority)}
    assert configure(folder, slapd.document(bind_password=None, ca=None, **files)) == 0
    assert run(folder, "directory-test", POOL, uid) == 0
    assert f"found {uid} (id " in capsys.readouterr().out


def test_the_test_checks_a_password_where_it_is_given_one(
    folder: Path, slapd: Slapd, uid: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(folder, slapd.document())
    secret = folder / "secret"
    for password, status, words in (
        (PASSWORD, 0, "the password is right"),
        ("no", 1, "the password is wrong"),
    ):
        secret.write_text(password)
        asked = run(folder, "directory-test", POOL, uid, f"--password-file={secret}")
        assert asked == status
        assert words in capsys.readouterr().out
    assert run(folder, "directory-test", POOL, "nobody") == 1


def test_a_removed_directory_is_gone(
    folder: Path, slapd: Slapd, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(folder, slapd.document())
    assert run(folder, "directory", POOL, "--remove") == 0
    assert "has no directory any more; 0 people" in capsys.readouterr().out
    assert run(folder, "directory", POOL) == 0
    assert json.loads(capsys.readouterr().out) == {}
    assert run(folder, "directory", POOL, "--remove") == 1
    assert run(folder, "directory-test", POOL, "ada") == 1
    assert run(folder, "directory", "eu-west-1_None") == 1


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"urls": ["ldap://directory.example.com"]}, "would send passwords unencrypted"),
        ({"bind_password": None}, "bind_password and bind_dn need one another"),
        ({"user_filter": "(uid={username}"}, "no search filter"),
        ({"attributes": {"custom:none": "mail"}, "verified": None}, "schema has not"),
        ({"groups": {"mapping": {"a": "nowhere"}}}, "no group of the pool"),
        ({"bind_password_file": "/nowhere/at/all", "bind_password": None}, "cannot be read"),
        ({"bind_password_file": 7, "bind_password": None}, "cannot be read"),
        ({"bind_password_file": "/nowhere"}, "cannot stand beside"),
    ],
    ids=[
        "plain", "no-password", "no-filter", "no-attribute", "no-group", "no-file", "no-name",
        "both",
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_in_a_sentence(
    folder: Path,
    slapd: Slapd,
    capsys: pytest.CaptureFixture[str],
    members: dict[str, Any],
    words: str,
) -> None:
    assert configure(folder, slapd.document(**members)) == 1
    said = capsys.readouterr()
    assert (said.out, words in said.err) == ("", True), said.err


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"ca": None}, "has no good certificate"),
        ({"bind_password": "not it"}, "bind_dn or its password is wrong: result 49"),
        ({"base_dn": "ou=nowhere,dc=example,dc=com"}, "has no such base_dn: result 32"),
        ({"id_attribute": "employeeNumber"}, "nobody, or not exactly one entry"),
    ],
    ids=["authority", "secret", "base", "identifier"],
)
def test_the_test_says_in_a_sentence_what_is_wrong(
    folder: Path,
    slapd: Slapd,
    uid: str,
    capsys: pytest.CaptureFixture[str],
    members: dict[str, Any],
    words: str,
) -> None:
    configure(folder, slapd.document(**members))
    capsys.readouterr()
    assert run(folder, "directory-test", POOL, uid) == 1
    said = capsys.readouterr()
    assert words in said.out
    assert SEARCHER_PASSWORD not in said.out + said.err


def test_the_sealing_key_can_be_changed_with_a_directory_in_place(
    folder: Path, slapd: Slapd
) -> None:
    configure(folder, slapd.document())
    configured = settings.parse({"instance": str(folder)})
    database, sealer = instance.open_database(configured), sealing.load(configured)
    try:
        assert list(database.read(lambda s: list(sealed_columns.check_sample(s, sealer, 9)))) == []
        row = database.read(lambda s: s.get(PoolDocument, (POOL, "directory", "pool")))
        assert SEARCHER_PASSWORD not in json.dumps(row.document)
    finally:
        instance.close_database(database)
