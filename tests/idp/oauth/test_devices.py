"""Pools that track devices, at the hosted page and the token endpoint, which know of none."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from idp.models import Device, RefreshFamily
from tests.idp.oauth.moves import bought, claims_of, error_of, refresh
from tests.idp.oauth.world import Pkce, TestClient, World

KEY = "us-east-1_3f1c7d9e-1f3c-4f43-9f6e-0b0d6d3a9a11"


def tracking(world: World) -> TestClient:
    pool_id = world.pool(DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})
    world.user(pool_id)
    return world.client(pool_id)


def test_sign_in_of_the_page_is_bound_to_no_device(world: World, proof: Pkce) -> None:
    client = tracking(world)
    tokens = bought(world, client, proof)
    assert "device_key" not in claims_of(tokens["access_token"])
    assert refresh(world, client, tokens["refresh_token"]).status_code == 200


def test_session_of_a_confirmed_device_is_not_refreshed_here(world: World, proof: Pkce) -> None:
    """The token endpoint has no parameter for the device's key, on AWS neither."""
    client = tracking(world)
    token = bought(world, client, proof)["refresh_token"]
    (family,) = world.rows(RefreshFamily)
    now = world.kernel.clock.now() - timedelta(minutes=1)
    device = Device(
        user_id=family.user_id, device_key=KEY, group_key="-abcdefgh", attributes={},
        created=now, modified=now, last_authenticated=now,
    )  # fmt: skip
    world.kernel.database.write(lambda session: session.add(device))
    bind = update(RefreshFamily).values(device_key=KEY)
    world.kernel.database.write(lambda session: session.execute(bind))
    assert error_of(refresh(world, client, token)) == "invalid_grant"
    assert error_of(refresh(world, client, token, device_key=KEY)) == "invalid_grant"
