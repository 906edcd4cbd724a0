from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog

from kernel.telemetry import logs
from kernel.telemetry.redaction import REDACTED, clean, is_telling

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def _restore_logging() -> Any:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "ProposedPassword",
        "client_secret",
        "SecretHash",
        "AccessToken",
        "refresh_token",
        "code",
        "ConfirmationCode",
        "Authorization",
        "proxy-authorization",
        "Set-Cookie",
        "Session",
        "SECRET_BLOCK",
        "srp_verifier",
        "sealingKey",
    ],
)
def test_a_value_under_a_telling_name_is_dropped(name: str) -> None:
    assert clean(name, "anything at all") == REDACTED


@pytest.mark.parametrize("name", ["status_code", "token_use", "user_name", "operation", "keyboard"])
def test_other_names_keep_their_values(name: str) -> None:
    assert not is_telling(name)
    assert clean(name, "plain") == "plain"


@pytest.mark.parametrize(
    "text",
    [
        f"refused {JWT} of a user",
        "key AKIAIOSFODNN7EXAMPLE is unknown",
        "Authorization: Bearer abc.def-ghi",
        "Basic dXNlcjpwYXNz",
        "postgresql://poolgate:hunter2secret@db/poolgate",
        "GET /callback?code=SplxlOBeZQQYbYS6WxSbIA&state=1",
        '{"password": "hunter2secret"}',
        "{'ConfirmationCode': '123456'}",
        "client_secret=hunter2secret&grant_type=x",
    ],
)
def test_what_looks_like_a_credential_is_cut_out_of_any_text(text: str) -> None:
    cleaned = clean("event", text)
    assert REDACTED in cleaned
    for secret in (
        JWT.split(".")[1],
        "IOSFODNN7EXAMPLE",
        "abc.def",
        "dXNlcjpw",
        "hunter2",
        "SplxlOBe",
        "123456",
    ):
        assert secret not in cleaned


def test_secrets_are_found_at_any_depth_and_in_bytes() -> None:
    event = {"request": [{"inner": {"Password": "hunter2", "raw": JWT.encode()}}]}
    assert clean("event_data", event) == {
        "request": [{"inner": {"Password": REDACTED, "raw": f"b'{REDACTED}'"}}]
    }


def test_an_endless_structure_is_cut_off() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    assert REDACTED in json.dumps(clean("data", endless))


def test_the_standard_librarys_log_takes_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    logging.getLogger("sqlalchemy.pool").warning("connect to postgresql://u:hunter2@db/x failed")
    structlog.get_logger("poolgate").info("signed in", token=JWT, user="anna")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert "hunter2" not in lines[0]["event"]
    assert lines[0]["logger"] == "sqlalchemy.pool"
    assert lines[1]["token"] == REDACTED
    assert lines[1]["user"] == "anna"


def test_a_traceback_is_redacted_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    try:
        raise ValueError(f"bad token {JWT}")
    except ValueError:
        structlog.get_logger("poolgate").exception("failed")
    printed = capsys.readouterr().err
    assert "ValueError" in printed
    assert JWT not in printed


def test_console_lines_are_redacted_and_entries_below_the_level_are_dropped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("console", "warning")
    structlog.get_logger("poolgate").info("quiet")
    structlog.get_logger("poolgate").warning("loud", password="hunter2")
    printed = capsys.readouterr().err
    assert "loud" in printed
    assert "quiet" not in printed
    assert "hunter2" not in printed
