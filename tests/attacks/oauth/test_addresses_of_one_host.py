"""One host has a whole IPv6 network of addresses: limits count the network."""

from __future__ import annotations

from tests.idp.oauth.world import ORIGIN, TestClient, World, request_of


def test_another_address_of_the_network_pushes_no_more_requests(
    world: World, public_client: TestClient
) -> None:
    asked = request_of(public_client, code_challenge="a" * 43, code_challenge_method="S256")

    def push(address: str) -> int:
        answer = world.browser().post(
            "/oauth2/par",
            data=asked,
            base_url=ORIGIN,
            environ_overrides={"REMOTE_ADDR": address},
        )
        return answer.status_code

    statuses = [push(f"2001:db8:1:2::{number:x}") for number in range(300)]
    assert statuses[0] == 201
    assert statuses[-1] == 429
    assert push("2001:db8:1:3::1") == 201
