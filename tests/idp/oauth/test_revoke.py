"""POST /oauth2/revoke."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from tests.idp.oauth.moves import bought, refresh
from tests.idp.oauth.world import Pkce, TestClient, World


def revoke(world: World, client: TestClient, **form: str) -> TestResponse:
    return world.browser().post(
        "/oauth2/revoke",
        data={"client_id": client.id, **form},
        headers=client.basic if client.secret else None,
    )


def test_revoking_ends_the_refresh_token_and_its_access_tokens(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    tokens = bought(world, public_client, proof)
    answer = revoke(world, public_client, token=tokens["refresh_token"])
    assert answer.status_code == 200
    assert world.user_info(tokens["access_token"]).status_code == 401
    assert refresh(world, public_client, tokens["refresh_token"]).status_code == 400


def test_the_answer_is_empty_and_has_no_content_type(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    """oidc-client-ts refuses every content type but JSON."""
    token = bought(world, public_client, proof)["refresh_token"]
    answer = revoke(world, public_client, token=token)
    assert answer.data == b""
    assert "Content-Type" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_token_that_means_nothing_is_no_error(world: World, public_client: TestClient) -> None:
    assert revoke(world, public_client, token="nonsense").status_code == 200


def test_another_clients_token_stays(
    world: World, public_client: TestClient, pool_id: str, proof: Pkce
) -> None:
    tokens = bought(world, public_client, proof)
    assert revoke(world, world.client(pool_id), token=tokens["refresh_token"]).status_code == 200
    assert refresh(world, public_client, tokens["refresh_token"]).status_code == 200


def test_access_tokens_are_an_unsupported_type(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    answer = revoke(world, public_client, token=bought(world, public_client, proof)["access_token"])
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"] == "unsupported_token_type"


def test_a_confidential_client_must_authenticate(
    world: World, confidential_client: TestClient, proof: Pkce
) -> None:
    tokens = bought(world, confidential_client, proof)
    form = {"client_id": confidential_client.id, "token": tokens["refresh_token"]}
    answer = world.browser().post("/oauth2/revoke", data=form)
    assert answer.json == {"error": "invalid_client"}
    assert refresh(world, confidential_client, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("settings", "form"), [({}, {}), ({"EnableTokenRevocation": False}, {"token": "x"})]
)
def test_what_cannot_be_revoked_is_an_invalid_request(
    world: World, pool_id: str, settings: dict[str, bool], form: dict[str, str]
) -> None:
    answer = revoke(world, world.client(pool_id, **settings), **form)
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"] == "invalid_request"
