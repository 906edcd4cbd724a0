"""Whoever may make providers makes one under the name of one that was deleted: what the operator
had said of that one (`poolgate pools oauth`) must not hold for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from idp.models import LinkedIdentity, UserPool
from idp.user_pools.services import identity_providers, oauth_settings, upstream
from tests.federation.scripted_provider import NAME, ScriptedProvider, Upstreams, scripted_provider
from tests.idp.oauth.world import ORIGIN, World
from tests.idp.scim.directory import Directory, answered

ADDRESS = "ada@example.com"
PINS = {NAME: {"certificates": ["a" * 64]}, "Kept": {"certificates": ["b" * 64]}}
METADATA = "https://company.example/metadata"


@pytest.fixture
def attacker() -> Iterator[ScriptedProvider]:
    with scripted_provider() as made:
        yield made


@pytest.fixture
def upstreams(world: World, attacker: ScriptedProvider) -> Upstreams:
    made = Upstreams.of(world, world.pool())
    made.add(NAME, attacker.details())
    made.add("Kept", attacker.details())
    return made


def configure(upstreams: Upstreams, **members: Any) -> None:
    upstreams.world.configure(upstreams.pool_id, **members)


def delete(upstreams: Upstreams, name: str = NAME) -> None:
    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, upstreams.pool_id)
        identity_providers.delete(session, upstreams.world.kernel, pool, name)

    upstreams.world.kernel.database.write(unit)


def document(upstreams: Upstreams) -> dict[str, Any]:
    return upstreams.world.kernel.database.read(oauth_settings.of_pool, upstreams.pool_id)


def test_its_word_on_an_address_links_nobody(
    upstreams: Upstreams, attacker: ScriptedProvider
) -> None:
    ada = upstreams.world.user(upstreams.pool_id, ADDRESS)
    configure(upstreams, link_by_verified_email=[NAME, "Kept"])
    delete(upstreams)
    upstreams.add(NAME, attacker.details())
    browser, said = upstreams.world.browser(), {"email": ADDRESS, "email_verified": True}
    tokens = upstreams.sign_in(browser, attacker, NAME, **said)
    assert jwt.decode(tokens["id_token"], options={"verify_signature": False})["sub"] != ada
    assert document(upstreams)["link_by_verified_email"] == ["Kept"]


def test_it_has_no_answer_address_of_its_own(
    upstreams: Upstreams, attacker: ScriptedProvider
) -> None:
    configure(upstreams, own_answer_address=[NAME, "Kept"], account_page=False)
    delete(upstreams)
    upstreams.add(NAME, attacker.details())
    asked = upstreams.leave(upstreams.world.browser(), NAME)
    assert asked["redirect_uri"] == f"{ORIGIN}/oauth2/idpresponse"
    assert document(upstreams) == {"own_answer_address": ["Kept"], "account_page": False}


def test_it_is_held_to_no_pins_of_the_other_one(upstreams: Upstreams) -> None:
    for name in PINS:
        delete(upstreams, name)
        details = {"MetadataURL": METADATA}
        upstreams.add(name, details, ProviderType="SAML", AttributeMapping={})
    configure(upstreams, saml_pins=PINS)
    delete(upstreams)
    upstreams.add(NAME, {"MetadataURL": METADATA}, ProviderType="SAML", AttributeMapping={})
    kernel, pool_id = upstreams.world.kernel, upstreams.pool_id

    def pins(session: Any, name: str) -> tuple[str, ...]:
        row = identity_providers.require(session, session.get_one(UserPool, pool_id), name)
        return upstream.load(session, kernel.sealer, row).pins.certificates

    assert kernel.database.read(pins, NAME) == ()
    assert kernel.database.read(pins, "Kept") == ("b" * 64,)


@pytest.mark.parametrize("told", [{}, {"passwords": True}], ids=["silent", "with passwords"])
def test_no_person_of_the_directory_is_linked_to_it(
    upstreams: Upstreams, attacker: ScriptedProvider, told: dict[str, bool]
) -> None:
    """Nor does the end of the provider let a directory set the passwords that people never had."""
    configure(upstreams, scim={"provider": NAME, "attribute": "email", "value": "email", **told})
    delete(upstreams)
    upstreams.add(NAME, attacker.details())
    directory = Directory.of(upstreams.world, upstreams.pool_id)
    made = directory.make_user(
        ADDRESS, externalId="1", emails=[{"value": ADDRESS}], password="Secret-word-1"
    )
    assert directory.stored(made["id"]).sealed_verifier is None
    assert upstreams.world.rows(LinkedIdentity) == []
    assert document(upstreams) == {"scim": {"passwords": False}}


def test_the_settings_of_other_providers_stay(upstreams: Upstreams) -> None:
    scim = {"provider": "Kept", "passwords": True}
    configure(upstreams, scim=scim, link_by_verified_email=["Kept"])
    delete(upstreams)
    assert document(upstreams) == {"scim": scim, "link_by_verified_email": ["Kept"]}
    answered(Directory.of(upstreams.world, upstreams.pool_id).get("Users"), 200)
