"""A provider that is away for a while: known keys go on being good, and nobody floods it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from federation.kept import KeptDocuments
from idp.user_pools.services.upstream import UpstreamFailed
from kernel.clock import Clock
from tests.federation.scripted_provider import (
    NAME,
    OTHER,
    ScriptedProvider,
    Upstreams,
    signed,
)
from tests.idp.oauth.world import ORIGIN, Time

DISCOVERY, JWKS = "/.well-known/openid-configuration", "/jwks"


def sign_in(upstreams: Upstreams, provider: ScriptedProvider) -> None:
    assert upstreams.sign_in(upstreams.world.browser(), provider, NAME)["id_token"]


def test_known_keys_and_endpoints_are_good_for_two_hours(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    sign_in(upstreams, provider)
    kept = {path: provider.documents.pop(path) for path in (DISCOVERY, JWKS)}
    upstreams.world.time.now += 7000
    sign_in(upstreams, provider)
    upstreams.world.time.now += 300
    browser = upstreams.world.browser()
    assert upstreams.leave(browser, NAME)["error"] == "access_denied"
    provider.documents |= kept
    upstreams.world.time.now += 60
    sign_in(upstreams, provider)


def test_made_up_key_ids_fetch_once_in_a_while(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    """RFC 9700 and OIDC Core §10.1.1: an unknown key fetches anew, but whoever makes keys up must
    not have us flood the provider."""
    sign_in(upstreams, provider)
    browser = upstreams.world.browser()
    for number in range(10):
        asked = upstreams.leave(browser, NAME)
        forged = signed({"iss": provider.issuer, "aud": "poolgate"}, OTHER, kid=f"made-up-{number}")
        provider.documents["/token"] = {"access_token": "opaque", "id_token": forged}
        browser.get(f"/oauth2/idpresponse?code=c&state={asked['state']}", base_url=ORIGIN)
    assert provider.asked.count(JWKS) == 1


def test_a_new_key_is_believed_once_the_pause_is_over(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    sign_in(upstreams, provider)
    provider.documents[JWKS] = {"keys": [{**OTHER.as_dict(private=False), "kid": "two"}]}
    upstreams.world.time.now += 31
    found = upstreams.sign_in(upstreams.world.browser(), provider, NAME, key=OTHER, kid="two")
    assert found["id_token"]


def test_many_who_come_at_once_wait_for_one_fetch() -> None:
    asked = []

    def fetch(address: str) -> str:
        asked.append(address)
        time.sleep(0.2)
        return "document"

    kept = KeptDocuments(fetch, Clock())
    with ThreadPoolExecutor(16) as people:
        found = list(people.map(kept.get, ["https://idp.example"] * 16))
    assert found == ["document"] * 16
    assert len(asked) == 1


def test_after_a_failure_it_is_asked_again_later_and_later() -> None:
    now, asked = Time(), []

    def fetch(address: str) -> str:
        asked.append(now.now - 1_700_000_000)
        raise UpstreamFailed("It is away.")

    kept = KeptDocuments(fetch, Clock(now))
    for _ in range(400):
        with pytest.raises(UpstreamFailed, match="It is away"):
            kept.get("https://idp.example")
        now.now += 0.25
    assert asked == [0, 1, 3, 7, 15, 31, 61, 91]
