"""JavaScript clients: scripts of tests/conformance/node, values in and values out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent.parent / "conformance" / "node"
RunScript = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def node_program() -> str:
    """Where Node is."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("no Node: `apt-get install nodejs npm`")
    return program


@pytest.fixture(scope="session")
def node(node_program: str) -> RunScript:
    """Run `SCRIPT.mjs` with values in its INPUT and return the JSON object that it prints last."""
    if not (SCRIPTS / "node_modules").is_dir():
        pytest.skip(f"no Node packages: `npm ci --prefix {SCRIPTS}`")

    def run(script: str, **values: Any) -> dict[str, Any]:
        done = subprocess.run(
            [node_program, SCRIPTS / f"{script}.mjs"],
            env={"PATH": os.environ["PATH"], "INPUT": json.dumps(values)},
            capture_output=True,
            text=True,
            timeout=50,
        )
        if done.returncode:
            raise AssertionError(f"{script}.mjs failed:\n{done.stdout}{done.stderr}")
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer

    return run
