"""A provider whose word on an address counts: who is taken for a local user, and who is not."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from idp.models import User, UserPool
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.rules.provider_identities import SUBJECT, ProviderIdentity
from idp.user_pools.services import linked_identities, users
from tests.federation.scripted_provider import NAME, ScriptedProvider, Upstreams, scripted_provider
from tests.idp.oauth.world import World, query_of

ADDRESS = "ada@example.com"


@pytest.fixture
def upstreams(upstreams: Upstreams) -> Upstreams:
    upstreams.world.configure(upstreams.pool_id, link_by_verified_email=[NAME])
    return upstreams


@pytest.fixture
def ada(world: World, upstreams: Upstreams) -> str:
    return world.user(upstreams.pool_id, ADDRESS)


def who_comes(
    upstreams: Upstreams, provider: ScriptedProvider, name: str = NAME, **claims: Any
) -> str:
    """The `sub` of whom a person with these claims is taken for."""
    given = {"email": ADDRESS, "email_verified": True, **claims}
    tokens = upstreams.sign_in(upstreams.world.browser(), provider, name, **given)
    found: str = jwt.decode(tokens["id_token"], options={"verify_signature": False})["sub"]
    return found


def change(upstreams: Upstreams, user_id: str, **attributes: str) -> None:
    (user,) = [each for each in upstreams.world.rows(User) if each.id == user_id]
    upstreams.world.change_user(user_id, attributes={**user.attributes, **attributes})


@pytest.mark.parametrize("said", [True, "true"])
def test_an_address_that_both_have_verified_is_the_same_person(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str, said: Any
) -> None:
    assert who_comes(upstreams, provider, email_verified=said) == ada
    (user,) = upstreams.world.rows(User)
    assert f'"providerName":"{NAME}"' in user.attributes["identities"]


def test_from_then_on_the_identity_counts_and_not_the_address(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str
) -> None:
    assert who_comes(upstreams, provider) == ada
    changed = {"email": "ada@elsewhere.example", "email_verified": False}
    assert who_comes(upstreams, provider, **changed) == ada


@pytest.mark.parametrize("said", [False, "false", None, "yes", 1, ["true", "false"]])
def test_an_address_that_the_provider_has_not_verified_links_nobody(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str, said: Any
) -> None:
    """Whoever can write an address at the provider would be given the account."""
    upstreams.add("Plain", provider.details(), AttributeMapping={"email": "email"})
    upstreams.world.configure(upstreams.pool_id, link_by_verified_email=["Plain"])
    assert who_comes(upstreams, provider, "Plain", email_verified=said) != ada


@pytest.mark.parametrize(
    "state",
    [
        {"attributes": {"email": ADDRESS}},
        {"attributes": {"email": ADDRESS, "email_verified": "false"}},
        {"status": "UNCONFIRMED"},
    ],
    ids=["silent", "unverified", "unconfirmed"],
)
def test_an_address_that_is_not_proved_here_links_nobody(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str, state: dict[str, Any]
) -> None:
    """Whoever signs up here with somebody's address, and waits for him, would share his account."""
    upstreams.world.change_user(ada, **state)
    assert who_comes(upstreams, provider) != ada


@pytest.mark.parametrize(
    ("mapping", "is_believed"),
    [
        ({"email": "preferred_username"}, False),
        ({"email": "preferred_username", "email_verified": "name_verified"}, True),
    ],
)
def test_a_verified_address_is_no_word_on_another_claim(
    upstreams: Upstreams,
    provider: ScriptedProvider,
    ada: str,
    mapping: dict[str, str],
    is_believed: bool,
) -> None:
    """Whoever chooses what he is called at the provider would choose whose account it is."""
    upstreams.add("Other", provider.details(), AttributeMapping=mapping)
    upstreams.world.configure(upstreams.pool_id, link_by_verified_email=["Other"])
    claims = {"email": "mallory@evil.example", "preferred_username": ADDRESS, "name_verified": True}
    assert (who_comes(upstreams, provider, "Other", **claims) == ada) is is_believed


def test_a_pool_that_says_nothing_links_nobody(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str
) -> None:
    upstreams.world.configure(upstreams.pool_id)
    assert who_comes(upstreams, provider) != ada


def test_a_provider_that_is_not_trusted_links_nobody(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str
) -> None:
    with scripted_provider() as other:
        upstreams.add("Other", other.details())
        assert who_comes(upstreams, other, "Other") != ada
    assert who_comes(upstreams, provider) == ada


def test_an_address_that_is_given_to_somebody_else_does_not_take_the_account_along(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str
) -> None:
    assert who_comes(upstreams, provider, sub="ada") == ada
    assert who_comes(upstreams, provider, sub="another-ada") != ada


def test_people_of_other_providers_are_nobodys_local_user(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    with scripted_provider() as other:
        upstreams.add("Other", other.details())
        first = who_comes(upstreams, other, "Other")
    assert who_comes(upstreams, provider) != first


def test_who_came_before_the_local_user_stays_himself(
    upstreams: Upstreams, provider: ScriptedProvider
) -> None:
    before = who_comes(upstreams, provider)
    upstreams.world.user(upstreams.pool_id, ADDRESS)
    assert who_comes(upstreams, provider) == before


def test_no_second_account_is_made_for_who_is_disabled(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str
) -> None:
    upstreams.world.change_user(ada, enabled=False)
    browser = upstreams.world.browser()
    asked = upstreams.leave(browser, NAME)
    claims = {"email": ADDRESS, "email_verified": True}
    answer = query_of(upstreams.come_back(browser, provider, asked, **claims))
    assert answer["error"] == "access_denied"
    assert len(upstreams.world.rows(User)) == 1


def test_of_two_users_with_one_address_neither_is_meant(
    world: World, provider: ScriptedProvider
) -> None:
    pool_id = world.pool(UsernameAttributes=[], AliasAttributes=[])
    upstreams = Upstreams.of(world, pool_id)
    upstreams.add(NAME, provider.details())
    world.configure(pool_id, link_by_verified_email=[NAME])
    both = [world.user(pool_id, ADDRESS), world.user(pool_id, "grace@example.com")]
    change(upstreams, both[1], email=ADDRESS)
    _index(upstreams, both[1])
    assert who_comes(upstreams, provider) not in both


def _index(upstreams: Upstreams, user_id: str) -> None:
    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, upstreams.pool_id)
        users.index(session, pool, session.get_one(User, user_id))

    upstreams.world.kernel.database.write(unit)


def test_an_identity_that_an_administrator_gave_to_another_stays_his(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str
) -> None:
    """AdminLinkProviderForUser comes first."""
    grace = upstreams.world.user(upstreams.pool_id, "grace@example.com")

    def unit(session: Any) -> None:
        pool, user = session.get_one(UserPool, upstreams.pool_id), session.get_one(User, grace)
        identity = ProviderIdentity(NAME, SUBJECT, "ada")
        linked_identities.link(session, upstreams.world.kernel, pool, user, identity)

    upstreams.world.kernel.database.write(unit)
    assert who_comes(upstreams, provider) == grace


def test_an_identity_that_was_taken_away_does_not_come_back_by_its_address(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str
) -> None:
    """Its owner has given it up, perhaps because it is in other hands."""
    assert who_comes(upstreams, provider) == ada
    world, identity = upstreams.world, ProviderIdentity(NAME, SUBJECT, "ada")

    def take_away(session: Any) -> None:
        pool = session.get_one(UserPool, upstreams.pool_id)
        linked_identities.unlink(session, world.kernel, pool, identity)

    world.kernel.database.write(take_away)
    stranger = who_comes(upstreams, provider)
    assert stranger != ada
    assert who_comes(upstreams, provider) == stranger


def test_an_administrator_can_give_it_back(
    upstreams: Upstreams, provider: ScriptedProvider, ada: str
) -> None:
    world, identity = upstreams.world, ProviderIdentity(NAME, SUBJECT, "ada")

    def there_and_back(session: Any) -> None:
        pool, user = session.get_one(UserPool, upstreams.pool_id), session.get_one(User, ada)
        for _ in range(2):
            linked_identities.link(session, world.kernel, pool, user, identity)
            linked_identities.unlink(session, world.kernel, pool, identity)
        assert linked_identities.was_taken_away(session, pool, identity)
        linked_identities.link(session, world.kernel, pool, user, identity)
        assert not linked_identities.was_taken_away(session, pool, identity)

    world.kernel.database.write(there_and_back)
    assert who_comes(upstreams, provider) == ada


def test_the_setting_names_providers_that_there_are(upstreams: Upstreams) -> None:
    with pytest.raises(WrongSetting, match="which the user pool does not have"):
        upstreams.world.configure(upstreams.pool_id, link_by_verified_email=["Compny"])
