"""A web page that has its visitors' browsers bring messages, which they know nothing of."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from idp.user_pools.rules.address_delay import FREE_ATTEMPTS
from tests.attacks.saml.conftest import ANSWER, NAME, Journey, add_provider
from tests.attacks.saml.identity_provider import assertion_of, metadata, response, sign
from tests.idp.oauth.world import ORIGIN, TestClient, World, query_of, request_of

MOST = FREE_ATTEMPTS + 1


def _client(world: World, **details: str) -> TestClient:
    pool_id = world.pool()
    add_provider(world, pool_id, NAME, MetadataFile=metadata(), **details)
    world.user(pool_id)
    client = world.client(pool_id, SupportedIdentityProviders=[NAME, "COGNITO"])
    world.relax_pkce(client)
    return client


def _flood(send: Callable[[], TestResponse]) -> list[int]:
    return [send().status_code for _ in range(MOST + 4)]


def _sign_outs(world: World, client: TestClient) -> list[int]:
    """By images of another site, which bring no cookie along."""
    address = f"/{client.pool_id}/saml2/logout?SAMLRequest=x"
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}
    browser = world.browser()
    return _flood(lambda: browser.get(address, base_url=ORIGIN, headers=headers))


def _sign_ins(world: World, client: TestClient) -> list[int]:
    """By forms of another site, as if a provider had begun."""
    relay_state = urlencode(request_of(client, identity_provider=NAME))
    form = {"SAMLResponse": "x", "RelayState": relay_state, "relayed": "1"}
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
    browser = world.browser()
    return _flood(lambda: browser.post(ANSWER, data=form, base_url=ORIGIN, headers=headers))


def test_forged_sign_outs_keep_nobody_from_signing_in(saml_world: World) -> None:
    client = _client(saml_world)
    seen = _sign_outs(saml_world, client)
    assert (seen[0], seen[-1]) == (400, 429)  # and are bounded themselves
    assert "code" in query_of(saml_world.sign_in(saml_world.browser(), client))


def test_forged_sign_ins_keep_nobody_from_signing_in(saml_world: World) -> None:
    client = _client(saml_world, IDPInit="true")
    seen = _sign_ins(saml_world, client)
    assert (seen[0], seen[-1]) == (302, 429)
    assert "code" in query_of(saml_world.sign_in(saml_world.browser(), client))


def test_forged_messages_hold_up_no_answer_that_was_asked_for(saml_world: World) -> None:
    client = _client(saml_world, IDPInit="true")
    _sign_ins(saml_world, client)
    _sign_outs(saml_world, client)
    journey = Journey(saml_world, client, "")
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    journey.admits(asked, document)
