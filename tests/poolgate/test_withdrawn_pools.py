"""A pool that is deleted, and whose users are still being deleted, is there for no command."""

from __future__ import annotations

from pathlib import Path

import pytest

from idp.models import PoolDocument, UserPool
from idp.models.pools import NOBODYS
from kernel import settings
from poolgate import instance
from poolgate.arguments import make_parser
from poolgate.cli import main
from tests.poolgate.instances import POOL_ID, pool, read, user, write
from tests.poolgate.words import subparsers

OF_A_POOL = {
    "password-storage": ["argon2id"],
    "forget-hashes": [],
    "trigger": ["UserDeletion", "tell_crm"],
    "registration-token": [],
    "scim-token": [],
    "scim-tokens": [],
    "revoke-scim-token": ["abc"],
    "oauth": [],
    "directory": ["--remove"],
    "directory-test": ["ada"],
    "saml-applications": [],
    "saml-keys": [],
}
"""What the actions take after the pool."""
IN_FILES = ("list", "import", "export", "directories")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "instance"
    instance.initialise(settings.parse({"instance": str(made)}))
    withdrawn = pool()
    withdrawn.account = NOBODYS
    write(made, withdrawn, user())
    return made


def test_every_action_is_looked_at() -> None:
    assert {*OF_A_POOL, *IN_FILES} == subparsers(subparsers(make_parser())["pools"]).keys()


def test_no_command_finds_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--instance", str(folder)]
    for action, more in OF_A_POOL.items():
        assert main(["pools", action, *where, POOL_ID, *more]) == 1, action
        assert f"no user pool {POOL_ID}" in capsys.readouterr().err, action
    assert main(["keys", "rotate-signing", *where, "--pool", POOL_ID]) == 1
    assert f"no user pool {POOL_ID}" in capsys.readouterr().err
    assert main(["pools", "list", *where]) == 0
    assert POOL_ID not in capsys.readouterr().out
    assert read(folder, UserPool, POOL_ID).password_storage == "srp"


def test_it_is_not_exported(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    passphrase, file = tmp_path / "passphrase", tmp_path / "pool"
    passphrase.write_text("a long passphrase")
    words = ["pools", "export", "--instance", str(folder), POOL_ID, str(file)]
    assert main([*words, "--passphrase-file", str(passphrase)]) == 1
    assert f"no user pool {POOL_ID}" in capsys.readouterr().err
    assert not file.exists()


def test_settings_that_are_too_long_are_not_read(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "long.json"
    document.write_text(f'"{"a" * 2_000_000}"')
    for action in ("oauth", "directory"):
        assert main(["pools", action, "--instance", str(folder), POOL_ID, str(document)]) == 1
        assert "is longer than 1048576 bytes." in capsys.readouterr().err
    assert read(folder, PoolDocument, (POOL_ID, "oauth", "pool")) is None
