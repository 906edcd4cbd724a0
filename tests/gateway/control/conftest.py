"""The control plane on its own SQLite file, and what a worker beside it serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from gateway.control.refresher import Refresher
from gateway.snapshot import SnapshotHolder
from kernel import settings
from kernel.database import Base, Database
from kernel.runtime import Kernel
from tests.gateway.control.caller import Caller, build_kernel


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    attached = Database.attach(Flask("control"), settings.parse({"instance": str(tmp_path)}))
    Base.metadata.create_all(attached.engine)
    yield attached
    attached.engine.dispose()


@pytest.fixture
def kernel(sqlite: Database, tmp_path: Path) -> Kernel:
    return build_kernel(sqlite, tmp_path)


@pytest.fixture
def caller(kernel: Kernel) -> Caller:
    return Caller(kernel)


@pytest.fixture
def served(kernel: Kernel) -> Iterator[SnapshotHolder]:
    """What a worker beside the caller serves."""
    holder = SnapshotHolder()
    refresher = Refresher(kernel.database, kernel.shared_state, holder)
    refresher.start()
    yield holder
    refresher.stop()
