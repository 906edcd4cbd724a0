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
from tests.gateway.contract.world import World, build
from tests.gateway.control.caller import build_kernel


@dataclass(frozen=True)
class Inhabited:
    """A control plane, and the names of what it holds."""

    wire: Wire
    world: World
    folder: Path


def _wire(database: Database, folder: Path) -> Wire:
    """What tests of methods and authorizers call is there; its functions are missing."""
    kernel = build_kernel(database, folder)
    performers = Performers({CallFunction: lambda _call: FunctionReply(None, "missing")})
    kernel.provide(Invoker(performers, Snapshot, "https://idp.test/{}".format))
    return Wire(kernel)


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
    wire = Wire(_kernel(database, folder))
    yield Inhabited(wire, build(wire), folder)
    database.engine.dispose()


@pytest.fixture
def disposable(inhabited: Inhabited, tmp_path: Path) -> Iterator[Inhabited]:
    """A copy, for tests that change it."""
    for file in inhabited.folder.glob("poolgate.db*"):
        shutil.copy(file, tmp_path / file.name)
    database = _attach(tmp_path)
    yield Inhabited(Wire(_kernel(database, tmp_path)), inhabited.world, tmp_path)
    database.engine.dispose()
