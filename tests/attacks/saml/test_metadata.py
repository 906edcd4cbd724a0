"""Metadata that is slow, large, a bomb, or away: the sign-in fails, and the server goes on."""

from __future__ import annotations

import time

import pytest

import federation
from federation.saml.metadata import (
    FRESH_SECONDS,
    LONGEST_AWAY_SECONDS,
    PAUSE_SECONDS,
    MetadataStore,
)
from idp.user_pools.services.upstream import UpstreamFailed
from tests.attacks.saml.conftest import NAME, make_journey
from tests.attacks.saml.identity_provider import metadata, signing_key
from tests.attacks.saml.publisher import (
    Publisher,
    another_store,
    clock,
    publisher,
    store,
    upstream,
)
from tests.idp.oauth.world import ORIGIN, Time, World, query_of, request_of, world

__all__ = ["clock", "publisher", "store", "world"]

BOMB = (
    b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><r>&c;</r>'
)


def test_metadata_is_fetched_when_it_is_needed_and_kept_for_six_hours(
    publisher: Publisher, store: MetadataStore, clock: Time
) -> None:
    office = upstream(publisher)
    assert publisher.asked == 0
    first = store.of(office)
    clock.now += FRESH_SECONDS - 1
    assert store.of(office) is first
    assert publisher.asked == 1
    publisher.document = metadata(signing_key("next")).encode()
    clock.now += 1
    assert store.of(office).certificates == (signing_key("next").certificate,)


@pytest.mark.parametrize("failure", ["status", "bomb", "large", "other", "encoding", "slow"])
def test_a_refresh_that_fails_keeps_what_was_known(
    publisher: Publisher, store: MetadataStore, clock: Time, failure: str
) -> None:
    office = upstream(publisher)
    first = store.of(office)
    _break(publisher, failure)
    clock.now += FRESH_SECONDS
    assert store.of(office) == first
    assert store.of(office) == first
    assert publisher.asked == 2  # not again at once
    publisher.status, publisher.delay = 200, 0.0
    publisher.document = metadata(signing_key("next")).encode()
    clock.now += PAUSE_SECONDS
    assert store.of(office).certificates == (signing_key("next").certificate,)


def test_another_process_knows_what_was_fetched_last(
    saml_world: World, publisher: Publisher, store: MetadataStore, clock: Time
) -> None:
    """A restart while the address is away locks nobody out."""
    first = store.of(upstream(publisher))
    publisher.status = 500
    clock.now += LONGEST_AWAY_SECONDS - 1
    assert another_store(saml_world, clock).of(upstream(publisher)) == first
    clock.now += 1
    with pytest.raises(UpstreamFailed, match="metadata cannot be read"):
        another_store(saml_world, clock).of(upstream(publisher))


def test_what_was_fetched_from_another_address_is_not_used(
    saml_world: World, publisher: Publisher, store: MetadataStore, clock: Time
) -> None:
    store.of(upstream(publisher))
    publisher.address += "?moved"
    publisher.status = 500
    with pytest.raises(UpstreamFailed, match="metadata cannot be read"):
        another_store(saml_world, clock).of(upstream(publisher))


def test_what_is_kept_is_held_to_a_later_pin(
    saml_world: World, publisher: Publisher, store: MetadataStore, clock: Time
) -> None:
    store.of(upstream(publisher))
    publisher.status = 500
    with pytest.raises(UpstreamFailed, match="metadata cannot be read"):
        another_store(saml_world, clock).of(upstream(publisher, certificates=("a" * 64,)))


@pytest.mark.parametrize("failure", ["status", "bomb", "large", "other", "encoding", "slow"])
def test_without_metadata_nobody_signs_in(
    publisher: Publisher, store: MetadataStore, failure: str
) -> None:
    _break(publisher, failure)
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(UpstreamFailed, match="metadata cannot be read"):
            store.of(upstream(publisher))
    assert publisher.asked == 1
    assert time.monotonic() - began < 30


def _break(publisher: Publisher, failure: str) -> None:
    documents = {
        "bomb": BOMB,
        "large": metadata().encode() + b" " * 140_000,
        "other": b"<html/>",
        "encoding": metadata().encode("utf-16"),
    }
    publisher.document = documents.get(failure, publisher.document)
    publisher.status = 503 if failure == "status" else 200
    publisher.delay = 60.0 if failure == "slow" else 0.0


def test_private_addresses_are_not_asked(world: World, publisher: Publisher, clock: Time) -> None:
    """SSRF: the operator of a pool must not reach what only this server reaches."""
    with pytest.raises(UpstreamFailed):
        another_store(world, clock).of(upstream(publisher))
    assert publisher.asked == 0


def test_the_client_is_told_that_the_provider_cannot_be_reached(
    saml_world: World, publisher: Publisher
) -> None:
    publisher.status = 500
    saml_world.kernel.provide(federation.providers(saml_world.kernel))
    journey = make_journey(saml_world, MetadataURL=publisher.address)
    asked = request_of(journey.client, identity_provider=NAME)
    sent = journey.browser.get("/oauth2/authorize", query_string=asked, base_url=ORIGIN)
    while "error=" not in sent.location:
        sent = journey.browser.get(sent.location, base_url=ORIGIN)
    answer = query_of(sent)
    assert answer["error"] == "access_denied"
    assert "metadata cannot be read" in answer["error_description"]
