"""A function's own variables: its alone, and never where other processes could read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel import settings
from kernel.functions.registry import Functions
from kernel.outbound import Outbound

TELL = "import os\ndef handler(event, context):\n    return os.environ.get('COLOUR')\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("functions", "environments"):
        (tmp_path / name).mkdir()
    (tmp_path / "functions" / "tell.py").write_text(TELL)
    (tmp_path / "environments" / "tell.env").write_text(
        "# As people write it\nCOLOUR = blue=grey\n\n"
    )
    return tmp_path


@pytest.fixture
def functions(home: Path) -> Iterator[Functions]:
    made = Functions.from_settings(settings.parse({"instance": str(home)}), Outbound())
    yield made
    made.close()


def test_function_has_its_variables(functions: Functions) -> None:
    assert functions.invoke("tell", {}) == "blue=grey"


def test_changed_variable_holds_from_the_next_call_on(functions: Functions, home: Path) -> None:
    functions.invoke("tell", {})
    (home / "environments" / "tell.env").write_text("COLOUR=red\n")
    assert functions.invoke("tell", {}) == "red"
    (home / "environments" / "tell.env").unlink()
    assert functions.invoke("tell", {}) is None


def test_other_functions_have_none_of_them(functions: Functions, home: Path) -> None:
    (home / "functions" / "other.py").write_text(TELL)
    assert functions.invoke("other", {}) is None


def test_variables_are_not_where_other_processes_read(functions: Functions, home: Path) -> None:
    (home / "functions" / "tell.py").write_text(
        "def handler(event, context):\n    return 'grey' in open('/proc/self/environ').read()\n"
    )
    assert functions.invoke("tell", {}) is False


@pytest.mark.parametrize("content", [b"\xff\xfe", b"no variable", b""])
def test_file_that_is_none_gives_no_variables(
    functions: Functions, home: Path, content: bytes
) -> None:
    (home / "environments" / "tell.env").write_bytes(content)
    assert functions.invoke("tell", {}) is None


def test_call_that_repeats_another_has_its_id(functions: Functions, home: Path) -> None:
    (home / "functions" / "tell.py").write_text(
        "def handler(event, context):\n    return context.aws_request_id\n"
    )
    again = [functions.invoke("tell", {}, request_id="once") for _ in range(2)]
    assert again == ["once", "once"]
    assert functions.invoke("tell", {}) != "once"
