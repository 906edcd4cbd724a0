"""Devices on both databases, and requests about one device that collide."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import RefreshFamily
from tests.idp.user_pools.operations.phone import ALWAYS, OPT_IN, get_phone, new_person
from tests.idp.user_pools.operations.world import World, at_once, outcome


def test_device_is_confirmed_proved_listed_and_forgotten(world: World) -> None:
    pool = world.email_pool(DeviceConfiguration=ALWAYS)
    client, email = pool.client(), new_person(world, pool)
    phones = [get_phone(client, email) for _ in range(2)]
    tokens = phones[0].prove(phones[0].sign_in())["AuthenticationResult"]
    token = tokens["AccessToken"]
    first = world.public.list_devices(AccessToken=token, Limit=1)
    second = world.public.list_devices(
        AccessToken=token, Limit=1, PaginationToken=first["PaginationToken"]
    )
    listed = [each["DeviceKey"] for each in first["Devices"] + second["Devices"]]
    assert listed == sorted(phone.key for phone in phones)
    assert client.refresh(tokens["RefreshToken"], DEVICE_KEY=phones[0].key)
    pool.call("admin_forget_device", Username=email, DeviceKey=phones[0].key)
    again = outcome(lambda: client.refresh(tokens["RefreshToken"], DEVICE_KEY=phones[0].key))
    assert again == "NotAuthorizedException"


def test_no_session_outlives_a_device_that_is_forgotten_meanwhile(world: World) -> None:
    pool = world.email_pool(DeviceConfiguration=OPT_IN)
    client, email = pool.client(), new_person(world, pool)

    def alive(session: Session, key: str) -> list[RefreshFamily]:
        query = select(RefreshFamily).where(
            RefreshFamily.device_key == key, RefreshFamily.revoked.is_(None)
        )
        return list(session.scalars(query))

    for _ in range(3):
        phone = get_phone(client, email)
        signing_in = [phone.sign_in] * 3

        def forget(key: str = phone.key) -> None:
            pool.call("admin_forget_device", Username=email, DeviceKey=key)

        assert at_once(*signing_in, forget) == ["ok"] * 4
        assert world.kernel.database.read(alive, phone.key) == []


def test_device_is_forgotten_once_and_confirmed_once(world: World) -> None:
    pool = world.email_pool(DeviceConfiguration=ALWAYS)
    client, email = pool.client(), new_person(world, pool)
    phone = get_phone(client, email)

    def forget() -> None:
        pool.call("admin_forget_device", Username=email, DeviceKey=phone.key)

    assert at_once(*[forget] * 3) == ["ResourceNotFoundException"] * 2 + ["ok"]
    tokens = client.tokens(email)
    confirming = [lambda: get_phone(client, email, tokens)] * 3
    assert at_once(*confirming) == ["DeviceKeyExistsException"] * 2 + ["ok"]
