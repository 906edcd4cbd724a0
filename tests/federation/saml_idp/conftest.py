"""A pool with one person, and an application of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import federation
from federation.saml_idp import blueprint
from idp.oauth.provider import Provider
from idp.user_pools.services import saml_certificates
from idp.user_pools.services.saml_certificates import Certified
from kernel.clock import Clock
from tests.federation.saml_idp.service_provider import ServiceProvider
from tests.idp.oauth.world import World

make_key = saml_certificates.make


@cache
def made(number: int) -> Certified:
    return make_key(f"pool {number}", Clock().now())


@pytest.fixture
def saml_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Its clock is the real one, for the toolkit reads no other. Keys are made once for all."""
    turn = iter(range(1000))
    monkeypatch.setattr(saml_certificates, "make", lambda *_: made(next(turn) % 4))
    world = World(tmp_path, upstream_allow="127.0.0.0/8")
    world.time.now = time.time()
    plug_in(world)
    yield world
    world.close()


def plug_in(world: World) -> None:
    """What `create_app` does."""
    kernel = world.kernel
    kernel.provide(federation.providers(kernel), federation.entrances(), federation.detours(kernel))
    world.app.register_blueprint(blueprint.create_blueprint(Provider.make(kernel)))


@pytest.fixture
def application(saml_world: World) -> ServiceProvider:
    """Not registered yet."""
    return make_application(saml_world)


def make_application(world: World, **said: Any) -> ServiceProvider:
    pool_id = world.pool()
    world.user(pool_id)
    client = world.client(pool_id)
    return ServiceProvider(world, pool_id, client.id, **said)
