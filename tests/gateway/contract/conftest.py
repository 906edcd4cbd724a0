"""A world that is made once, and copied for tests that may change it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from gateway.control.rest.invocation import Invoker
from gateway.effects import CallFunction, FunctionReply, Send
from gateway.integrations.pool import UpstreamPool
from gateway.performers import Performers
from gateway.performers.upstreams import sending
from gateway.snapshot import Snapshot
from kernel import settings
from kernel.database import Base, Database
from kernel.outbound import AddressGuard
from kernel.runtime import Kernel
from tests.gateway.contract.wire import Wire
from tests.gateway.contract.world import CERTIFICATE, World, build
from tests.gateway.control.caller import NOON, build_kernel
from tests.servers.authority import hold


@dataclass(frozen=True)
class Inhabited:
    """A control plane, and the names of what it holds."""

    wire: Wire
    world: World
    folder: Path


def _attach(folder: Path) -> Database:
    return Database.attach(Flask("contract"), settings.parse({"instance": str(folder)}))


def _kernel(database: Database, folder: Path) -> Kernel:
    """A kernel whose tests of methods and authorizers reach no backend."""
    kernel = build_kernel(database, folder)
    functions = {CallFunction: lambda _: FunctionReply(None, "missing", 404)}
    pool = UpstreamPool(AddressGuard())
    kernel.provide(Invoker(Performers({Send: sending(pool), **functions}), Snapshot, str))
    kernel.on_close(pool.close)
    return kernel


@pytest.fixture(scope="session")
def inhabited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inhabited]:
    """For tests that change nothing."""
    folder = tmp_path_factory.mktemp("world")
    database = _attach(folder)
    Base.metadata.create_all(database.engine)
    hold(folder, CERTIFICATE, "*.example.com", "*.example.test", now=NOON)
    wire = Wire(_kernel(database, folder))
    yield Inhabited(wire, build(wire), folder)
    database.engine.dispose()


@pytest.fixture
def disposable(inhabited: Inhabited, tmp_path: Path) -> Iterator[Inhabited]:
    """A copy, for tests that change it."""
    for file in inhabited.folder.glob("poolgate.db*"):
        shutil.copy(file, tmp_path / file.name)
    shutil.copytree(inhabited.folder / "certificates", tmp_path / "certificates")
    database = _attach(tmp_path)
    yield Inhabited(Wire(_kernel(database, tmp_path)), inhabited.world, tmp_path)
    database.engine.dispose()
