"""What docs/streaming.md shows works as it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from kernel.functions.registry import Functions
from kernel.functions.sources import FunctionFiles
from tests.gateway.control.caller import Caller
from tests.gateway.control.conftest import caller, kernel, sqlite  # noqa: F401 - fixtures
from tests.gateway.control.rest.tree import Tree

PAGE = (Path(__file__).parents[2] / "docs" / "streaming.md").read_text()


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_function_streams(tmp_path: Path) -> None:
    (tmp_path / "events.py").write_text(_block("python"))
    functions = Functions([FunctionFiles(tmp_path)])
    first, *events = functions.stream("events", {}, timeout=20, idle=20)
    functions.close()
    assert first.endswith(b'"cookies": ["a=1"]}' + bytes(8))
    assert events == [f"data: {number}\n\n".encode() for number in range(10)]


def test_the_command_lets_an_integration_stream(caller: Caller) -> None:  # noqa: F811
    words = shlex.split(_block("sh").replace("\\\n", " "))
    patches = [
        dict(part.split("=", 1) for part in word.split(","))
        for word in words[words.index("--patch-operations") + 1 :]
    ]
    method = Tree.planted(caller).method()
    uri = "https://backend.example/events"
    method("PutIntegration", type="HTTP_PROXY", integrationHttpMethod="GET", uri=uri)
    changed = method("UpdateIntegration", patchOperations=patches)
    assert (changed["responseTransferMode"], changed["timeoutInMillis"]) == ("STREAM", 600_000)
