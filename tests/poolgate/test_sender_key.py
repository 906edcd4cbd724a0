"""`poolgate keys sender`: what a function needs to read codes, shown or put where it looks."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from idp.user_pools.services.custom_senders import sender_key
from kernel import sealing, settings
from kernel.functions import sender_codes
from poolgate import instance
from poolgate.cli import main

KMS_KEY = "arn:aws:kms:us-east-1:000000000000:key/one"
OTHER = "arn:aws:kms:us-east-1:000000000000:key/two"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "instance"
    instance.initialise(settings.parse({"instance": str(made)}))
    return made


def sender(folder: Path, *words: str) -> int:
    return main(["keys", "sender", "--instance", str(folder), *words])


def test_key_that_is_shown_opens_codes(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sender(folder, KMS_KEY) == 0
    name, _, value = capsys.readouterr().out.strip().partition("=")
    assert name == "SENDER_KEYS"
    monkeypatch.setenv(name, value)
    sealer = sealing.load(settings.parse({"instance": str(folder)}))
    code = sender_codes.encrypt(KMS_KEY, sender_key(sealer, KMS_KEY), "123456", "pool")
    event = {"userPoolId": "pool", "request": {"code": code}}
    assert sender_codes.decrypt_code(event) == "123456"


def test_key_is_put_into_the_functions_environment_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "environments" / "send_mail.env"
    path.parent.mkdir(mode=0o700)
    path.write_text("PROVIDER=https://mail.example\n")
    for key in (KMS_KEY, OTHER, KMS_KEY):
        assert sender(folder, key, "--function", "send_mail") == 0
    first, second = path.read_text().splitlines()
    assert first == "PROVIDER=https://mail.example"
    assert [entry.partition("=")[0] for entry in second.removeprefix("SENDER_KEYS=").split()] == [
        KMS_KEY, OTHER,
    ]  # fmt: skip
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "SENDER_KEYS=" not in capsys.readouterr().out


@pytest.mark.parametrize("words", [["key/one"], [KMS_KEY, "--function", "../x"]])
def test_wrong_words_are_refused(folder: Path, words: list[str]) -> None:
    assert sender(folder, *words) == 2
    assert not (folder / "environments").exists()
