"""Query, fragment and form_post: how codes and errors go back to the client."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from tests.idp.oauth.moves import authorize, form_of, fragment_of
from tests.idp.oauth.world import ORIGIN, Pkce, TestClient, World, query_of

READERS = {"query": query_of, "fragment": fragment_of, "form_post": form_of}


@pytest.mark.parametrize("mode", READERS)
def test_a_code_travels_as_the_client_asks(
    world: World, public_client: TestClient, proof: Pkce, mode: str
) -> None:
    answer = world.sign_in(
        world.browser(), public_client, response_mode=mode, state='a&b="<c>', **proof.parameters
    )
    members = READERS[mode](answer)
    assert set(members) == {"code", "state", "iss"}
    assert members["state"] == 'a&b="<c>'
    assert members["iss"] == f"{ORIGIN}/{public_client.pool_id}"
    bought = world.redeem(public_client, members["code"], code_verifier=proof.verifier)
    assert bought.status_code == 200


@pytest.mark.parametrize("mode", READERS)
def test_an_error_travels_as_the_client_asks(
    world: World, public_client: TestClient, proof: Pkce, mode: str
) -> None:
    changed = {**proof.parameters, "prompt": "none", "response_mode": mode}
    members = READERS[mode](authorize(world, public_client, **changed))
    assert members["error"] == "login_required"
    assert members["state"] == "af0ifjsldkj"
    assert members["iss"] == f"{ORIGIN}/{public_client.pool_id}"


def test_the_form_runs_its_own_script_alone_and_works_without(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    """Form Post Response Mode §2; the policy names the script and the style by their hashes."""
    for answer in (
        world.sign_in(
            world.browser(), public_client, response_mode="form_post", **proof.parameters
        ),
        authorize(world, public_client, response_mode="form_post", scope="x", **proof.parameters),
    ):
        policy = answer.headers["Content-Security-Policy"]
        for tag in ("script", "style"):
            found = re.search(rf"<{tag}>(.*?)</{tag}>", answer.text)
            assert found
            digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}';" in policy
        assert "default-src 'none'" in policy
        assert "form-action https://app.example;" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert '<button type="submit">' in answer.text


def test_a_form_is_not_sent_to_a_private_use_scheme(
    world: World, pool_id: str, proof: Pkce
) -> None:
    client = world.client(pool_id, CallbackURLs=["com.example.app:/callback"])
    answer = authorize(
        world,
        client,
        redirect_uri="com.example.app:/callback",
        response_mode="form_post",
        **proof.parameters,
    )
    assert answer.location.startswith("com.example.app:/callback?error=invalid_request")


def test_a_registered_query_stays_in_every_mode(world: World, pool_id: str, proof: Pkce) -> None:
    callback = "https://app.example/callback?tenant=a&x=%20y"
    client = world.client(pool_id, CallbackURLs=[callback])
    given = {"redirect_uri": callback, "prompt": "none", **proof.parameters}
    in_query = authorize(world, client, **given)
    assert query_of(in_query)["tenant"] == "a"
    in_fragment = authorize(world, client, response_mode="fragment", **given)
    assert in_fragment.location.startswith(f"{callback}#error=")
    in_form = authorize(world, client, response_mode="form_post", **given)
    assert form_of(in_form, callback.replace("&", "&amp;"))["error"] == "login_required"
