"""`poolgate pools` and `poolgate clients` change what AWS's operations cannot."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from idp.models import PoolDocument, UserPool, UserPoolClient
from kernel import settings
from poolgate import instance
from poolgate.cli import main
from tests.poolgate.instances import client, pool, read, user, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "instance"
    instance.initialise(settings.parse({"instance": str(made)}))
    return made


def set_storage(folder: Path, storage: str) -> int:
    words = ["pools", "password-storage", "eu-west-1_One", storage, "--instance", str(folder)]
    return main(words)


def test_an_empty_pool_can_keep_argon2id(folder, capsys):
    write(folder, pool(), client(["ALLOW_USER_PASSWORD_AUTH"]))
    assert set_storage(folder, "argon2id") == 0
    assert read(folder, UserPool, "eu-west-1_One").password_storage == "argon2id"
    main(["pools", "list", "--instance", str(folder)])
    assert "eu-west-1_One  argon2id  one" in capsys.readouterr().out


def test_a_pool_with_users_keeps_its_storage(folder, capsys):
    write(folder, pool(), user())
    assert set_storage(folder, "argon2id") == 1
    assert read(folder, UserPool, "eu-west-1_One").password_storage == "srp"
    assert "has users" in capsys.readouterr().err


@pytest.mark.parametrize("flow", ["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"])
def test_a_client_with_srp_stands_against_argon2id(folder, capsys, flow):
    write(folder, pool(), client([flow]))
    assert set_storage(folder, "argon2id") == 1
    assert f"{flow}, which allows USER_SRP_AUTH" in capsys.readouterr().err


def test_a_pool_that_does_not_exist_is_named(folder, capsys):
    assert set_storage(folder, "srp") == 1
    assert "eu-west-1_One" in capsys.readouterr().err


def test_pkce_of_a_client_can_be_relaxed_and_required_again(folder):
    write(folder, pool(), client([]))
    for word, expected in (("optional", False), ("required", True)):
        assert main(["clients", "pkce", "client", word, "--instance", str(folder)]) == 0
        assert read(folder, UserPoolClient, "client").requires_pkce is expected


def trigger_of(folder: Path) -> dict[str, str] | None:
    found = read(folder, PoolDocument, ("eu-west-1_One", "own_trigger", "UserDeletion"))
    return None if found is None else found.document


def test_trigger_is_set_changed_and_removed(folder: Path) -> None:
    write(folder, pool())
    words = ["pools", "trigger", "--instance", str(folder), "eu-west-1_One", "UserDeletion"]
    for function in ("tell_crm", "arn:aws:lambda:eu-west-1:000000000000:function:other"):
        assert main([*words, function]) == 0
        assert trigger_of(folder) == {"LambdaArn": function}
    assert main([*words, "none"]) == 0
    assert trigger_of(folder) is None


def test_trigger_without_its_function_is_noted(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, pool())
    words = ["pools", "trigger", "--instance", str(folder), "eu-west-1_One", "UserDeletion"]
    file = folder / "functions" / "tell_crm.py"

    def printed(function: str) -> str:
        assert main([*words, function]) == 0
        return capsys.readouterr().out

    for function in ("tell_crm", "arn:aws:lambda:eu-west-1:000000000000:function:tell_crm"):
        assert f"Note: there is no such function yet: {file} is missing." in printed(function)
    assert "Note" not in printed("none")
    file.parent.mkdir()
    file.write_text("def handler(event, context): return event\n")
    assert "Note" not in printed("tell_crm")
    monkeypatch.setenv("POOLGATE_LAMBDA_ENDPOINT", "http://127.0.0.1:3001")
    assert "Note" not in printed("it_runs_elsewhere")


@pytest.mark.parametrize("words", [["eu-west-1_Two", "tell"], ["eu-west-1_One", "../tell"]])
def test_trigger_needs_a_pool_and_a_function(
    folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, pool())
    pool_id, function = words
    given = ["pools", "trigger", "--instance", str(folder), pool_id, "UserDeletion", function]
    assert main(given) == 1
    assert "There is no user pool" in (error := capsys.readouterr().err) or "no function" in error
    assert trigger_of(folder) is None


def test_magic_links_of_a_client_are_turned_on_and_off(folder, capsys):
    write(folder, pool(), client([]))
    key = ("eu-west-1_One", "magic_links", "client")
    for word, is_on in (("on", True), ("on", True), ("off", False), ("off", False)):
        assert main(["clients", "magic-links", "client", word, "--instance", str(folder)]) == 0
        assert (read(folder, PoolDocument, key) is not None) is is_on
    assert main(["clients", "magic-links", "nobody", "on", "--instance", str(folder)]) == 1
    assert "There is no app client nobody." in capsys.readouterr().err


def oauth(folder: Path, *words: str) -> int:
    return main([words[0], "oauth", "--instance", str(folder), *words[1:]])


def test_openid_settings_are_replaced_whole_and_shown(folder, tmp_path, capsys) -> None:
    write(folder, pool(), client([]))
    document = tmp_path / "client.json"
    document.write_text('{"default_max_age": 600}')
    assert oauth(folder, "clients", "client", str(document)) == 0
    assert oauth(folder, "clients", "client") == 0
    assert capsys.readouterr().out == '{\n  "default_max_age": 600\n}\n' * 2
    document.write_text("{}")
    assert oauth(folder, "clients", "client", str(document)) == 0
    assert oauth(folder, "pools", "eu-west-1_One", str(document)) == 0
    assert capsys.readouterr().out == "{}\n{}\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"default_max_age": "ten"}', "default_max_age must be a whole number from 0 to"),
        ('{"nothing": 1}', "nothing is not one of"),
        ("[]", "The document must be a JSON object."),
        ("{", "is not JSON."),
    ],
)
def test_a_wrong_openid_setting_changes_nothing(folder, tmp_path, capsys, text, complaint) -> None:
    write(folder, pool(), client([]))
    document = tmp_path / "client.json"
    document.write_text(text)
    assert oauth(folder, "clients", "client", str(document)) == 1
    assert complaint in capsys.readouterr().err
    assert read(folder, PoolDocument, ("eu-west-1_One", "oauth_client", "client")) is None


def test_openid_settings_of_nobody_are_refused(folder, capsys) -> None:
    assert oauth(folder, "clients", "client") == 1
    assert oauth(folder, "pools", "eu-west-1_One") == 1
    assert oauth(folder, "pools", "eu-west-1_One", "/nowhere") == 1
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_registration_token_is_shown_once_and_kept_as_a_hash(folder: Path, capsys) -> None:
    write(folder, pool())
    words = ["pools", "registration-token", "eu-west-1_One", "--instance", str(folder)]
    assert main([*words, "--hours", "2"]) == 0
    token = capsys.readouterr().out.strip()
    assert len(token) == 43
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = read(folder, PoolDocument, ("eu-west-1_One", "registration_token", digest))
    assert found.document["expires"] - found.created.timestamp() == pytest.approx(7200, abs=1)
    for hours in ("0", "100000"):
        assert main([*words, "--hours", hours]) == 1
    assert "--hours" in capsys.readouterr().err


def test_registration_token_needs_a_pool(folder: Path, capsys) -> None:
    assert main(["pools", "registration-token", "nowhere", "--instance", str(folder)]) == 1
    assert "no user pool nowhere" in capsys.readouterr().err


def test_scim_tokens_are_made_listed_and_revoked(folder: Path, capsys) -> None:
    write(folder, pool())
    where = ["eu-west-1_One", "--instance", str(folder)]
    assert main(["pools", "scim-token", *where, "--name", "Entra ID", "--days", "2"]) == 0
    token = capsys.readouterr().out.strip()
    token_id, _, secret = token.partition(".")
    assert len(secret) == 43
    found = read(folder, PoolDocument, ("eu-west-1_One", "scim_token", token_id))
    assert found.document["hash"] == hashlib.sha256(token.encode()).hexdigest()
    assert main(["pools", "scim-tokens", *where]) == 0
    shown = capsys.readouterr().out
    assert token_id in shown
    assert "Entra ID" in shown
    assert secret not in shown
    assert main(["pools", "revoke-scim-token", "eu-west-1_One", token_id, *where[1:]]) == 0
    assert main(["pools", "revoke-scim-token", "eu-west-1_One", token_id, *where[1:]]) == 1
    assert f"no SCIM token {token_id}" in capsys.readouterr().err
    for wrong in (["--days", "0"], ["--days", "9999"], ["--name", ""], ["--name", "a\x1bb"]):
        assert main(["pools", "scim-token", *where, *wrong]) == 1


def test_scim_tokens_need_a_pool(folder: Path, capsys) -> None:
    for words in (["scim-token"], ["scim-tokens"]):
        assert main(["pools", *words, "nowhere", "--instance", str(folder)]) == 1
        assert "no user pool nowhere" in capsys.readouterr().err
