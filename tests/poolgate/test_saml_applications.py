"""`poolgate pools saml-applications` and `saml-keys`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from federation.saml_idp import keys
from idp.models import PoolDocument
from idp.user_pools.services import documents, saml_certificates
from kernel import sealing, settings
from kernel.clock import Clock
from poolgate import instance, sealed_columns
from poolgate.cli import main
from tests.federation.saml_idp.conftest import made
from tests.federation.saml_idp.service_provider import ENTITY_ID, metadata
from tests.poolgate.instances import client, pool, read, write

POOL = "eu-west-1_One"
Run = Callable[..., int]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "instance"
    instance.initialise(settings.parse({"instance": str(made)}))
    write(made, pool(), client([]))
    (tmp_path / "sp.xml").write_text(metadata())
    return made


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    turn = iter(range(1000))
    monkeypatch.setattr(saml_certificates, "make", lambda *_: made(next(turn) % 4))
    return lambda *words: main(["pools", *words, "--instance", str(folder)])


@pytest.fixture
def add(run: Run, folder: Path, tmp_path: Path) -> Callable[[object], int]:
    def with_settings(document: object) -> int:
        file = tmp_path / "settings.json"
        file.write_text(json.dumps(document))
        described = str(tmp_path / "sp.xml")
        return run("saml-applications", POOL, "--add", described, "--settings", str(file))

    return with_settings


def test_an_application_is_added_listed_shown_and_removed(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    described = str(tmp_path / "sp.xml")
    assert run("saml-applications", POOL, "--add", described, "--client", "client") == 0
    told = capsys.readouterr().out
    assert f"{ENTITY_ID} signs people of {POOL} in." in told
    assert f"http://localhost:8080/saml2/idp/{POOL}/metadata" in told
    assert run("saml-applications", POOL) == 0
    assert capsys.readouterr().out == f"{ENTITY_ID}\n"
    assert run("saml-applications", POOL, "--show", ENTITY_ID) == 0
    assert json.loads(capsys.readouterr().out) == {"client_id": "client"}
    assert run("saml-applications", POOL, "--remove", ENTITY_ID) == 0
    assert run("saml-applications", POOL, "--remove", ENTITY_ID) == 1
    assert run("saml-applications", POOL, "--show", ENTITY_ID) == 1
    assert read(folder, PoolDocument, (POOL, "saml_application", ENTITY_ID)) is None


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ({}, "client_id is missing"),
        ({"client_id": "nobody"}, "client_id names no app client"),
        ({"client_id": 1}, "client_id must be"),
        ({"client_id": "client", "sign": "none"}, "sign must be one of"),
        ({"client_id": "client", "name_id": "sub"}, "name_id must be one of"),
        ({"client_id": "client", "nothing": 1}, "nothing is not one of"),
        ({"client_id": "client", "attributes": {}}, "attributes must be a list"),
        ({"client_id": "client", "attributes": [{"name": "x"}]}, "attributes must have objects"),
        ({"client_id": "client", "attributes": [{"name": "x", "from": "height"}]}, "has height"),
        ({"client_id": "client", "attributes": [{"name": "x", "from": "sub"}] * 2}, "twice"),
        ({"client_id": "client", "attributes": [{"name": "", "from": "sub"}]}, "must have names"),
        ({"client_id": "client", "attributes": [{"name": "x", "from": "sub", "name_format": 1}]},
         "must have a name_format"),
        ({"client_id": "client", "default_relay_state": "/x"}, "is for applications with idp"),
        ({"client_id": "client", "idp_initiated": True, "default_relay_state": "x" * 81},
         "longer than relay_state_bytes"),
        ({"client_id": "client", "session_minutes": 0}, "session_minutes must be a whole number"),
        ({"client_id": "client", "relay_state_bytes": 79}, "relay_state_bytes must be"),
        ([], "must be a JSON object"),
    ],
)  # fmt: skip
def test_settings_are_checked_at_once(
    add: Callable[[object], int],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    document: object,
    complaint: str,
) -> None:
    assert add(document) == 1
    assert complaint in capsys.readouterr().err
    assert read(folder, PoolDocument, (POOL, "saml_application", ENTITY_ID)) is None


@pytest.mark.parametrize(
    ("before", "after", "given", "complaint"),
    [
        ("<md:KeyDescriptor>", '<md:KeyDescriptor use="signing">', {"encrypt_assertion": True},
         "encrypt_assertion needs an RSA certificate"),
        ("<md:KeyDescriptor>", '<md:KeyDescriptor use="encryption">',
         {"require_signed_requests": True}, "require_signed_requests needs a certificate"),
        ('Signed="false"', 'Signed="false" WantAssertionsSigned="true"', {"sign": "response"},
         "sign cannot be response"),
        ("entityID", 'validUntil="2020-01-01T00:00:00Z" entityID', {}, "valid until a moment"),
        ("<md:Entity", "<!DOCTYPE x><md:Entity", {}, "without a document type"),
    ],
)  # fmt: skip
def test_settings_and_metadata_must_go_together(
    add: Callable[[object], int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    before: str,
    after: str,
    given: dict[str, object],
    complaint: str,
) -> None:
    (tmp_path / "sp.xml").write_text(metadata().replace(before, after))
    assert add({"client_id": "client", **given}) == 1
    assert complaint in capsys.readouterr().err


def test_files_and_pools_that_are_not_there_are_told(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    described = str(tmp_path / "sp.xml")
    (tmp_path / "wrong.json").write_text("{")
    wrong = str(tmp_path / "wrong.json")
    assert run("saml-applications", POOL, "--add", "/nowhere", "--client", "client") == 1
    assert run("saml-applications", POOL, "--add", described, "--settings", wrong) == 1
    assert run("saml-applications", "eu-west-1_Two") == 1
    assert run("saml-keys", "eu-west-1_Two") == 1
    complaints = capsys.readouterr().err.splitlines()
    assert [each.split()[-1] for each in complaints[1:]] == [
        "JSON.",
        "eu-west-1_Two.",
        "eu-west-1_Two.",
    ]


def ids(text: str) -> dict[str, str]:
    """What each certificate does, by its id."""
    return dict(re.findall(r"^(\w+)  (signs|waits|is)", text, re.MULTILINE))


def test_certificates_take_turns(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("saml-keys", POOL) == 0
    first = ids(capsys.readouterr().out)
    signs, waits = first
    assert list(first.values()) == ["signs", "waits"]
    assert run("saml-keys", POOL, "--rotate") == 1
    assert "Nothing was rotated" in capsys.readouterr().err
    now = Clock().now()
    monkeypatch.setattr(Clock, "now", lambda _: now + timedelta(hours=2, minutes=1))
    assert run("saml-keys", POOL, "--rotate") == 0
    second = ids(capsys.readouterr().out)
    assert (second[waits], second[signs]) == ("signs", "is")
    assert len(second) == 3
    monkeypatch.setattr(Clock, "now", lambda _: now + timedelta(days=8))
    assert run("saml-keys", POOL) == 0
    assert signs not in ids(capsys.readouterr().out)


def test_a_certificate_that_leaked_is_gone_at_once(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run("saml-keys", POOL)
    signs, waits = ids(capsys.readouterr().out)
    assert run("saml-keys", POOL, "--withdraw", signs) == 0
    left = ids(capsys.readouterr().out)
    assert signs not in left
    assert left[waits] == "signs"
    assert run("saml-keys", POOL, "--now") == 0
    assert ids(capsys.readouterr().out)[waits] == "is"
    assert run("saml-keys", POOL, "--withdraw", "nothing") == 1


def test_names_outlive_the_keys_and_a_new_sealing_key(run: Run, folder: Path) -> None:
    configured = settings.parse({"instance": str(folder)})

    def names() -> bytes:
        database = instance.open_database(configured)
        row = database.read(lambda session: documents.find(session, POOL, keys.KIND, keys.KEY))
        instance.close_database(database)
        assert row is not None
        sealed = documents.open_sealed(sealing.load(configured), row)
        return bytes.fromhex(sealed[keys.NAMES])

    run("saml-keys", POOL)
    before = names()
    run("saml-keys", POOL, "--now")
    assert main(["keys", "rotate-sealing", "--instance", str(folder)]) == 0
    assert names() == before
    assert keys.KIND in {each.kind for each in sealed_columns.DOCUMENTS}
