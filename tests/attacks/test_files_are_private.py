"""Nobody else on the machine reads what an instance holds, wherever its folder is."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.application import create_application
from tests.servers.poolgate_server import Poolgate


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


def test_every_file_is_its_owners_alone_even_in_an_open_folder(
    start_poolgate: Callable[..., Poolgate], tmp_path: Path, open_umask: None
) -> None:
    # Made beforehand, as a volume is; init does not change what it did not make.
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o755)
    server = start_poolgate()
    create_application(server).sign_up()
    files = [path for path in folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"poolgate.db", "poolgate.db-wal", "credentials", "outbox.jsonl"} <= names
    key = tmp_path / "instance-sealing.key"
    readable = [
        path.name
        for path in (*files, key)
        if path.parent.name != "run" and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert readable == []
    assert stat.S_IMODE((folder / "run").stat().st_mode) == 0o700
