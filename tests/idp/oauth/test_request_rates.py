"""The endpoints are held to their request rates, where an operator has set them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from idp.user_pools.services import rate_limits
from tests.idp.oauth.world import ORIGIN, TestClient, World


@pytest.fixture
def limited(world: World) -> Iterator[None]:
    limits = rate_limits.of(world.kernel)
    here = (world.kernel.settings.account_id, world.kernel.settings.region)
    categories = ("ClientAuthentication", "UserToken", "UserRead")
    limits._provisioned = {(*here, each): 2 for each in categories}
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


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize(
    "path", ["revoke", "introspect", "userInfo", "par", "device_authorization"]
)
def test_other_endpoints_say_when_to_come_again(
    world: World, confidential_client: TestClient, path: str
) -> None:
    def ask() -> TestResponse:
        headers = confidential_client.basic
        return world.browser().post(f"/oauth2/{path}", headers=headers, base_url=ORIGIN)

    assert {ask().status_code for _ in range(2)} <= {400, 401}
    refused = ask()
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.json
    assert refused.json["error"] == "temporarily_unavailable"
    world.time.now += 1
    assert ask().status_code in {400, 401}


def test_a_public_client_is_told_when_to_come_again(
    world: World, public_client: TestClient
) -> None:
    for path, burst in (("par", 51), ("device_authorization", 31)):
        form = {"client_id": public_client.id}
        answers = [
            world.browser().post(f"/oauth2/{path}", data=form, base_url=ORIGIN)
            for _ in range(burst)
        ]
        assert answers[-2].status_code == 400
        assert answers[-1].status_code == 429
        assert answers[-1].headers["Retry-After"] == "1"
