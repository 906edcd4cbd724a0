"""The token endpoint is held to its request rates, where an operator has set them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from idp.user_pools.services import rate_limits
from tests.idp.oauth.world import TestClient, World


@pytest.fixture
def limited(world: World) -> Iterator[None]:
    limits = rate_limits.of(world.kernel)
    settings = world.kernel.settings
    limits._provisioned = {(settings.account_id, settings.region, "ClientAuthentication"): 2}
    limits._is_off = False
    yield
    limits.reload()


@pytest.mark.usefixtures("limited")
def test_client_credentials_beyond_the_rate_are_refused(world: World, pool_id: str) -> None:
    world.resource_server(pool_id, "boats", "read")
    machine: TestClient = world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read"],
    )
    answers = [world.token(machine.basic, grant_type="client_credentials") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "1"
    assert answers[2].json
    assert answers[2].json["error"] == "temporarily_unavailable"
    # Other grants count elsewhere.
    other = world.token(machine.basic, grant_type="refresh_token", refresh_token="x")
    assert other.status_code == 400
