"""An ACME server, and Poolgate servers that it validates at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.pebble import Pebble, start_pebble
from tests.servers.run import free_port


@pytest.fixture
def pebble(tmp_path: Path) -> Iterator[Pebble]:
    # A third of the nonces are refused, as a busy server's are: the library asks for others.
    made = start_pebble(tmp_path / "pebble", free_port(), PEBBLE_WFE_NONCEREJECT="30")
    yield made
    made.stop()
