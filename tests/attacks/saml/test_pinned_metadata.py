"""Metadata that has expired, that is away for long, and whose keys an operator has pinned."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import pytest
import xmlsec
from lxml import etree

from federation.saml.metadata import (
    FRESH_SECONDS,
    LEAST_FRESH_SECONDS,
    LONGEST_AWAY_SECONDS,
    PAUSE_SECONDS,
    MetadataStore,
)
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.rules.saml_pins import SamlPins
from idp.user_pools.services.upstream import Upstream, UpstreamFailed
from tests.attacks.saml.conftest import NAME, make_journey
from tests.attacks.saml.identity_provider import (
    SigningKey,
    assertion_of,
    metadata,
    response,
    sign,
    signing_key,
)
from tests.attacks.saml.publisher import Publisher, clock, publisher, store, upstream
from tests.idp.oauth.world import ORIGIN, Time, World, query_of, request_of

__all__ = ["clock", "publisher", "store"]

Element = Any


def fingerprint(key: SigningKey) -> str:
    return hashlib.sha256(b64decode(key.certificate)).hexdigest()


def dated(*keys: SigningKey, **attributes: str) -> bytes:
    """Metadata with attributes of its root."""
    root = etree.fromstring(metadata(*keys))
    for name, value in attributes.items():
        root.set(name, value)
    return etree.tostring(root)


def moment(clock: Time, seconds: float) -> str:
    return datetime.fromtimestamp(clock.now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def signed(key: SigningKey, document: str = "", **changes: Any) -> bytes:
    root = etree.fromstring(document or metadata())
    root.set("ID", "_metadata")
    sign(root, key, **changes)
    return etree.tostring(root)


def refused(store: MetadataStore, office: Upstream) -> bool:
    with pytest.raises(UpstreamFailed, match="metadata cannot be"):
        store.of(office)
    return True


# --- Times --------------------------------------------------------------------------------------


def test_expired_metadata_is_refused(
    publisher: Publisher, store: MetadataStore, clock: Time
) -> None:
    publisher.document = dated(validUntil=moment(clock, -1))
    assert refused(store, upstream(publisher))
    file = Upstream("pool", NAME, "SAML", {"MetadataFile": publisher.document.decode()}, {}, {})
    assert refused(store, file)


def test_the_role_may_expire_before_the_whole(
    publisher: Publisher, store: MetadataStore, clock: Time
) -> None:
    ends = f'<md:IDPSSODescriptor validUntil="{moment(clock, -1)}"'
    publisher.document = metadata().replace("<md:IDPSSODescriptor", ends).encode()
    assert refused(store, upstream(publisher))


def test_metadata_ends_while_its_address_is_away(
    publisher: Publisher, store: MetadataStore, clock: Time
) -> None:
    publisher.document = dated(validUntil=moment(clock, 3600))
    store.of(upstream(publisher))
    publisher.status = 500
    clock.now += 3599
    store.of(upstream(publisher))
    clock.now += 1
    assert refused(store, upstream(publisher))


def test_an_address_is_not_away_for_ever(
    publisher: Publisher, store: MetadataStore, clock: Time
) -> None:
    store.of(upstream(publisher))
    publisher.status = 500
    clock.now += LONGEST_AWAY_SECONDS - 1
    store.of(upstream(publisher))
    clock.now += PAUSE_SECONDS
    assert refused(store, upstream(publisher))


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("PT1H", 3600.0), ("PT1S", LEAST_FRESH_SECONDS), ("P30D", FRESH_SECONDS)],
)
def test_metadata_says_when_to_look_again_within_bounds(
    publisher: Publisher, store: MetadataStore, clock: Time, duration: str, seconds: float
) -> None:
    publisher.document = dated(cacheDuration=duration)
    store.of(upstream(publisher))
    clock.now += seconds - 1
    store.of(upstream(publisher))
    assert publisher.asked == 1
    clock.now += 1
    store.of(upstream(publisher))
    assert publisher.asked == 2


@pytest.mark.parametrize("attribute", ["validUntil", "cacheDuration"])
def test_a_time_that_cannot_be_read_is_no_time(
    publisher: Publisher, store: MetadataStore, attribute: str
) -> None:
    publisher.document = dated(**{attribute: "soon"})
    assert refused(store, upstream(publisher))


# --- Keys ---------------------------------------------------------------------------------------


def test_metadata_with_another_key_is_refused_and_the_last_is_kept(
    publisher: Publisher, store: MetadataStore, clock: Time
) -> None:
    """Whoever gets hold of the metadata's address is not the provider yet."""
    office = upstream(publisher, certificates=(fingerprint(signing_key()),))
    first = store.of(office)
    publisher.document = metadata(signing_key("mallory")).encode()
    clock.now += FRESH_SECONDS
    assert store.of(office) == first
    clock.now += LONGEST_AWAY_SECONDS
    assert refused(store, office)


def test_a_pinned_key_brings_no_other_along(publisher: Publisher, store: MetadataStore) -> None:
    office = upstream(publisher, certificates=(fingerprint(signing_key()),))
    publisher.document = metadata(signing_key(), signing_key("mallory")).encode()
    assert refused(store, office)


def test_the_next_key_is_pinned_before_it_comes(publisher: Publisher, store: MetadataStore) -> None:
    pins = (fingerprint(signing_key()), fingerprint(signing_key("next")))
    publisher.document = metadata(signing_key("next")).encode()
    assert store.of(upstream(publisher, certificates=pins)).certificates


def test_what_was_fetched_before_the_pin_is_not_believed(
    publisher: Publisher, store: MetadataStore
) -> None:
    store.of(upstream(publisher))
    assert refused(store, upstream(publisher, certificates=(fingerprint(signing_key("next")),)))


def test_signed_metadata_is_believed_as_it_was_signed(
    publisher: Publisher, store: MetadataStore
) -> None:
    federation = signing_key("federation")
    publisher.document = signed(federation)
    office = upstream(publisher, metadata_certificates=(fingerprint(federation),))
    assert store.of(office).certificates == (signing_key().certificate,)


def _unsigned(good: bytes) -> bytes:
    return metadata().encode()


def _by_another(good: bytes) -> bytes:
    return signed(signing_key("mallory"))


def _changed(good: bytes) -> bytes:
    return good.replace(b"https://idp.example.com/sso", b"https://evil.example/sso")


def _weak(good: bytes) -> bytes:
    return signed(signing_key("federation"), method=xmlsec.constants.TransformRsaSha1)


def _wrapped(good: bytes) -> bytes:
    evil = etree.fromstring(metadata(signing_key("mallory")))
    evil.set("ID", "_evil")
    evil.insert(0, etree.fromstring(good))
    return etree.tostring(evil)


def _with_its_certificate(good: bytes) -> bytes:
    """Signed by Mallory, who shows the pinned certificate."""
    pinned = signing_key("federation").certificate
    return signed(signing_key("mallory")).replace(
        signing_key("mallory").certificate.encode(), pinned.encode()
    )


@pytest.mark.parametrize(
    "change", [_unsigned, _by_another, _changed, _weak, _wrapped, _with_its_certificate]
)
def test_metadata_without_the_pinned_signature_is_refused(
    publisher: Publisher, store: MetadataStore, change: Any
) -> None:
    federation = signing_key("federation")
    publisher.document = change(signed(federation))
    assert refused(store, upstream(publisher, metadata_certificates=(fingerprint(federation),)))


def test_a_pin_holds_at_the_sign_in(saml_world: World) -> None:
    """As an operator sets it with `poolgate pools oauth`; a file is held to it as well."""
    journey = make_journey(saml_world)
    pool_id, own = journey.client.pool_id, fingerprint(signing_key())
    coloned = ":".join(own[place : place + 2] for place in range(0, 64, 2)).upper()
    saml_world.configure(pool_id, saml_pins={NAME: {"certificates": [coloned]}})
    asked = journey.leave()
    document = response(asked)
    sign(assertion_of(document))
    journey.admits(asked, document)
    saml_world.configure(pool_id, saml_pins={NAME: {"certificates": [own[::-1]]}})
    sent = saml_world.browser().get(
        "/oauth2/authorize", query_string=request_of(journey.client), base_url=ORIGIN
    )
    while "error=" not in sent.location:
        sent = saml_world.browser().get(sent.location, base_url=ORIGIN)
    assert query_of(sent)["error"] == "access_denied"


@pytest.mark.parametrize(
    "pins",
    [
        {"Offce": {"certificates": ["a" * 64]}},
        {NAME: {}},
        {NAME: {"certificates": []}},
        {NAME: {"certificates": ["a" * 40]}},
        {NAME: {"certificates": [1]}},
        {NAME: {"certificate": ["a" * 64]}},
        {NAME: {"certificates": ["a" * 64, "A" * 64]}},
        [],
    ],
    ids=["name", "nothing", "empty", "sha-1", "number", "member", "twice", "list"],
)
def test_a_pin_that_would_hold_nobody_is_refused(saml_world: World, pins: Any) -> None:
    pool_id = make_journey(saml_world).client.pool_id
    with pytest.raises(WrongSetting, match="saml_pins"):
        saml_world.configure(pool_id, saml_pins=pins)


def test_pins_are_checked_in_the_form_they_are_written() -> None:
    pins = SamlPins(NAME, ("a" * 64,))
    assert pins.allow(["a" * 64])
    assert not pins.allow(["a" * 64, "b" * 64])
    assert SamlPins(NAME).allow(["anything"])
