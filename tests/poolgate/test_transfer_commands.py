"""`poolgate pools export`, `import` and `forget-hashes`, as an operator types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from idp.models import PoolDocument, User, UserPool
from idp.user_pools.services import imported_credentials
from kernel import sealing, settings
from poolgate import instance
from poolgate.cli import main
from tests.poolgate.instances import NOW, client, pool, read, user, write

POOL = "eu-west-1_One"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two servers with sealing keys of their own; the first has a pool with a user."""
    made = []
    for name in ("here", "there"):
        folder = tmp_path / name
        instance.initialise(settings.parse({"instance": str(folder)}))
        made.append(folder)
    here = made[0]
    sealer = sealing.load(settings.parse({"instance": str(here)}))
    person = user()
    person.sealed_verifier = sealer.seal(b"verifier", "srp-verifier:1")
    write(here, pool(), client([]), person)
    return made[0], made[1]


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text("correct horse battery\n")
    return path


def export(folder: Path, file: Path, passphrase: Path, *more: str) -> int:
    return main(["pools", "export", "--instance", str(folder), POOL, str(file),
                 "--passphrase-file", str(passphrase), *more])  # fmt: skip


def import_(folder: Path, file: Path, passphrase: Path, *more: str) -> int:
    return main(["pools", "import", "--instance", str(folder), str(file),
                 "--passphrase-file", str(passphrase), *more])  # fmt: skip


def test_a_pool_moves_and_its_secrets_are_sealed_anew(folders, passphrase, tmp_path, capsys):
    here, there = folders
    file = tmp_path / "one.pool"
    assert export(here, file, passphrase) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert import_(there, file, passphrase) == 0
    assert "eu-west-1_One is imported" in capsys.readouterr().out
    sealer = sealing.load(settings.parse({"instance": str(there)}))
    moved = read(there, User, "1")
    assert sealer.open(moved.sealed_verifier, "srp-verifier:1") == b"verifier"
    assert moved.created == NOW


def test_an_export_overwrites_nothing_and_leaves_nothing_half(
    folders, passphrase, tmp_path, capsys
):
    file = tmp_path / "one.pool"
    file.write_text("mine")
    assert export(folders[0], file, passphrase) == 1
    assert file.read_text() == "mine"
    file.unlink()
    missing = main(["pools", "export", "--instance", str(folders[0]), "eu-west-1_No", str(file),
                    "--passphrase-file", str(passphrase)])  # fmt: skip
    assert missing == 1
    assert "no user pool" in capsys.readouterr().err
    assert [path.name for path in tmp_path.glob("one.pool*")] == []


def test_a_wrong_passphrase_imports_nothing(folders, passphrase, tmp_path, capsys):
    here, there = folders
    file = tmp_path / "one.pool"
    export(here, file, passphrase)
    passphrase.write_text("another horse battery")
    assert import_(there, file, passphrase) == 1
    said = "The passphrase is wrong, or the file was altered or cut off."
    assert capsys.readouterr().err == f"poolgate: {file}: {said}\n"
    assert read(there, UserPool, POOL) is None


@pytest.mark.parametrize("text", ["", "short", "elevenchars\n"])
def test_a_short_passphrase_is_refused(folders, passphrase, tmp_path, capsys, text):
    passphrase.write_text(text)
    assert export(folders[0], tmp_path / "one.pool", passphrase) == 2
    assert "12 characters" in capsys.readouterr().err


def test_a_passphrase_is_asked_for_and_no_argument(folders, tmp_path, monkeypatch, capsys):
    words = ["pools", "export", "--instance", str(folders[0]), POOL, str(tmp_path / "x")]
    assert main(words) == 2  # nobody is there to be asked
    assert "--passphrase-file" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    answers = iter(["correct horse battery", "correct horse batterx"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    assert main(words) == 2
    assert "differ" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*words, "--passphrase", "correct horse battery"])


def test_a_missing_file_is_said(folders, passphrase, tmp_path, capsys):
    assert import_(folders[1], tmp_path / "none", passphrase) == 1
    assert "No such file" in capsys.readouterr().err


def test_an_account_has_twelve_digits(folders, passphrase, tmp_path, capsys):
    file = tmp_path / "one.pool"
    export(folders[0], file, passphrase)
    assert import_(folders[1], file, passphrase, "--account", "mine") == 2
    assert import_(folders[1], file, passphrase, "--account", "333333333333") == 0
    assert read(folders[1], UserPool, POOL).account == "333333333333"


def test_without_signing_keys_new_ones_are_made(folders, passphrase, tmp_path, capsys):
    file = tmp_path / "one.pool"
    assert export(folders[0], file, passphrase, "--without-signing-keys") == 0
    assert import_(folders[1], file, passphrase) == 0
    assert "new signing keys" in capsys.readouterr().out


def test_hashes_are_forgotten_when_the_last_is_gone(folders, capsys):
    here = folders[0]
    words = ["pools", "forget-hashes", "--instance", str(here), POOL]
    assert main(words) == 1
    key = (POOL, imported_credentials.KIND, imported_credentials.KEY)
    hashed = user()
    hashed.id, hashed.username, hashed.password_hash = "2", "bob", "$2b$10$x"
    write(
        here,
        hashed,
        PoolDocument(
            pool_id=key[0], kind=key[1], key=key[2], document={"$2b$10": 1}, created=NOW,
            modified=NOW,
        ),
    )  # fmt: skip
    assert main(words) == 1
    assert "imported hashes" in capsys.readouterr().err
    database = instance.open_database(settings.parse({"instance": str(here)}))
    database.write(lambda session: setattr(session.get(User, "2"), "password_hash", None))
    instance.close_database(database)
    assert main(words) == 0
    assert read(here, PoolDocument, key) is None
