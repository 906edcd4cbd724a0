"""The AWS CLI, unmodified, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers.poolgate_server import (
    ACCESS_KEY_ID,
    REGION,
    SECRET_ACCESS_KEY,
    Poolgate,
)


class CommandLine:
    """Runs `aws` against a server."""

    def __init__(self, server: Poolgate, home: Path) -> None:
        self.server = server
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("aws")
        command = [sys.executable, program, "--endpoint-url", self.server.url, *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=50
        )

    def __call__(self, *words: str) -> dict[str, Any]:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout or "{}")
        return answer


@pytest.fixture
def aws(poolgate_server: Poolgate, tmp_path: Path) -> CommandLine:
    return CommandLine(poolgate_server, tmp_path)
