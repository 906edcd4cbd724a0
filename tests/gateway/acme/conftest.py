"""An ACME server, and Poolgate servers that it validates at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.pebble import Pebble, start_pebble
from tests.servers.run import free_port
from tests.servers.tls_poolgate import TlsPoolgate


@pytest.fixture
def pebble(tmp_path: Path) -> Iterator[Pebble]:
    # A third of the nonces are refused, as a busy server's are: the library asks for others.
    made = start_pebble(tmp_path / "pebble", free_port(), PEBBLE_WFE_NONCEREJECT="30")
    yield made
    made.stop()


@pytest.fixture
def start_tls(tmp_path: Path) -> Iterator[Callable[..., TlsPoolgate]]:
    started: list[TlsPoolgate] = []

    def start(*arguments: str, **settings: str) -> TlsPoolgate:
        environment = {f"POOLGATE_{name.upper()}": value for name, value in settings.items()}
        made = TlsPoolgate(tmp_path / f"i{len(started)}", environment, arguments)
        started.append(made)
        made.start()
        return made

    yield start
    for each in started:
        each.stop()
