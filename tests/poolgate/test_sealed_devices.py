"""Rotation seals devices too, whose key is a part of the primary key only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import Device
from idp.user_pools.operations import pools as pool_operations
from kernel.sealing import Sealer
from poolgate import sealed_columns
from tests.idp.user_pools.operations.phone import ALWAYS, get_phone, new_person
from tests.idp.user_pools.operations.world import World, quick_keys


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(pool_operations.signing_keys, "make", quick_keys)
    made = World(tmp_path)
    yield made
    made.close()


def test_devices_are_sealed_under_the_new_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = world.email_pool(DeviceConfiguration=ALWAYS)
    client = pool.client()
    emails = [new_person(world, pool) for _ in range(2)]
    phones = [get_phone(client, email) for email in emails for _ in range(2)]
    (column,) = [each for each in sealed_columns.COLUMNS if each.model is Device]
    rotated = Sealer({1: bytes(32), 2: bytes([2]) * 32})
    monkeypatch.setattr(sealed_columns, "BATCH", 3)

    def reseal(session: Session, after: str) -> tuple[int, str | None]:
        return sealed_columns.reseal_batch(session, rotated, column, after)

    changed, after = world.kernel.database.write(reseal, "")
    assert (changed, after is None) == (3, False)
    assert world.kernel.database.write(reseal, after or "") == (1, None)
    stored = world.kernel.database.read(lambda session: session.scalars(select(Device)).all())
    assert {device.device_key for device in stored} == {phone.key for phone in phones}
    for device in stored:
        assert device.sealed_verifier
        assert device.sealed_verifier[0] == 2
        assert rotated.open(device.sealed_verifier, f"device-verifier:{device.device_key}")
