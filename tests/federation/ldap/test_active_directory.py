"""What Active Directory does otherwise: names, identifiers, states of accounts, nested groups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from idp.errors import (
    DirectoryPasswordExpired,
    NotAuthorized,
    PasswordResetRequired,
    RefreshTokenRevoked,
    UserDisabled,
)
from idp.models import ScimResource, User
from tests.federation.ldap.conftest import DirectoryWorld
from tests.servers.active_directory import DOMAIN, ActiveDirectory, active_directory
from tests.servers.slapd import PASSWORD


@pytest.fixture
def ad() -> Iterator[ActiveDirectory]:
    with active_directory() as running:
        yield running


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@corp.example.com"])
def test_either_name_signs_the_same_person_in(
    directory_world: DirectoryWorld, ad: ActiveDirectory, name: str
) -> None:
    account = ad.add("ada", PASSWORD)
    client = directory_world.client(directory_world.pool(ad.document()))
    directory_world.sign_in(client, "ada", PASSWORD)
    directory_world.sign_in(client, name, PASSWORD)
    assert [user.username for user in directory_world.world.rows(User)] == ["ada"]
    [row] = directory_world.world.rows(ScimResource)
    assert row.external_id == str(account.guid)


def refusals(world: DirectoryWorld, client: object, name: str) -> tuple[type, str]:
    with pytest.raises((NotAuthorized, PasswordResetRequired)) as refused:
        world.sign_in(client, name, PASSWORD)  # type: ignore[arg-type]
    return type(refused.value), refused.value.message


@pytest.mark.parametrize("state", ["525", "52e", "530", "531", "775", "80090", "unheard of"])
def test_these_states_are_answered_as_a_wrong_password(
    directory_world: DirectoryWorld, ad: ActiveDirectory, state: str
) -> None:
    ad.add("ada", PASSWORD, state=state)
    client = directory_world.client(directory_world.pool(ad.document()))
    wrong = (NotAuthorized, "Incorrect username or password.")
    assert refusals(directory_world, client, "ada") == wrong
    assert refusals(directory_world, client, "nobody") == wrong


@pytest.mark.parametrize("state", ["532", "773"])
def test_an_expired_password_has_to_be_changed_in_the_directory(
    directory_world: DirectoryWorld, ad: ActiveDirectory, state: str
) -> None:
    ad.add("ada", PASSWORD, state=state)
    client = directory_world.client(directory_world.pool(ad.document()))
    assert refusals(directory_world, client, "ada")[0] is DirectoryPasswordExpired
    assert directory_world.world.rows(User) == []


def test_the_page_says_where_an_expired_password_is_changed(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    ad.add("ada", PASSWORD, state="773")
    world = directory_world.world
    client = directory_world.client(directory_world.pool(ad.document()))
    world.relax_pkce(client)
    page = world.sign_in(world.browser(), client, "ada", PASSWORD)
    assert "Change it in your company’s directory" in page.text


@pytest.mark.parametrize("state", ["532", "773"])
def test_an_expired_password_has_to_be_set_here_where_people_migrate(
    directory_world: DirectoryWorld, ad: ActiveDirectory, state: str
) -> None:
    ad.add("ada", PASSWORD, state=state)
    client = directory_world.client(directory_world.pool(ad.document(mode="migrate")))
    assert refusals(directory_world, client, "ada")[0] is PasswordResetRequired
    [user] = directory_world.world.rows(User)
    assert user.status == "RESET_REQUIRED"
    assert user.sealed_verifier is None


@pytest.mark.parametrize("state", ["533", "701"])
def test_a_disabled_account_is_told_to_its_owner_alone(
    directory_world: DirectoryWorld, ad: ActiveDirectory, state: str
) -> None:
    ad.add("ada", PASSWORD, state=state)
    client = directory_world.client(directory_world.pool(ad.document()))
    assert refusals(directory_world, client, "ada")[0] is UserDisabled
    with pytest.raises(NotAuthorized, match="Incorrect username or password"):
        directory_world.sign_in(client, "ada", "wrong")


EXPIRED = str(133_000_000_000_000_000).encode()
NEVER = str(2**63 - 1).encode()


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        ({"control": 0x202}, False),
        ({"more": {"accountExpires": [EXPIRED]}}, False),
        ({"more": {"accountExpires": [NEVER]}}, True),
        ({"more": {"accountExpires": [b"0"]}}, True),
    ],
    ids=["disabled", "expired", "never-expires", "zero"],
)
def test_who_is_signed_in_stays_so_only_while_the_account_is_good(
    directory_world: DirectoryWorld, ad: ActiveDirectory, values: dict[str, object], stays: bool
) -> None:
    account = ad.add("ada", PASSWORD)
    client = directory_world.client(directory_world.pool(ad.document()))
    tokens = directory_world.sign_in(client, "ada", PASSWORD)
    for name, value in values.items():
        setattr(account, name, value)
    directory_world.check()
    if stays:
        assert directory_world.refresh(client, tokens)
    else:
        with pytest.raises(RefreshTokenRevoked):
            directory_world.refresh(client, tokens)


def test_groups_within_groups_count_where_the_operator_says_so(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    account = ad.add("ada", PASSWORD)
    inner, outer = f"CN=Engine,OU=Groups,{DOMAIN}", f"CN=Makers,OU=Groups,{DOMAIN}"
    ad.groups = {inner: [account.dn], outer: [inner]}
    groups = {"base_dn": DOMAIN, "nested": True, "mapping": {outer: "makers"}}
    client = directory_world.client(directory_world.pool(ad.document(groups=groups), "makers"))
    tokens = directory_world.sign_in(client, "ada", PASSWORD)
    assert directory_world.claims(tokens)["cognito:groups"] == ["makers"]


def test_our_own_bound_comes_before_the_lock_out_of_the_domain(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    account, world = ad.add("ada", PASSWORD), directory_world.world
    client = directory_world.client(directory_world.pool(ad.document()))
    for name in ("ada", "ada@corp.example.com") * 6:
        with pytest.raises(NotAuthorized):
            directory_world.sign_in(client, name, "a guess")
        world.time.now += 60  # so that our own delays are over
    assert account.failures == 4
    with pytest.raises(NotAuthorized, match="Incorrect username or password"):
        directory_world.sign_in(client, "ada", PASSWORD)
    world.time.now += timedelta(minutes=31).total_seconds()
    assert directory_world.sign_in(client, "ada", PASSWORD)


def test_attempts_beyond_the_bound_do_not_prolong_it(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    """It ends `failure_minutes` after the last guess that reached the domain."""
    account, world = ad.add("ada", PASSWORD), directory_world.world
    client = directory_world.client(directory_world.pool(ad.document()))
    for minutes in (0, 0, 0, 7, 7, 7, 7, 1):
        with pytest.raises(NotAuthorized):
            directory_world.sign_in(client, "ada", "a guess")
        world.time.now += minutes * 60
    assert account.failures == 4
    world.time.now += 2 * 60
    assert directory_world.sign_in(client, "ada", PASSWORD)


def test_a_right_password_forgets_the_wrong_ones(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    ad.add("ada", PASSWORD)
    client = directory_world.client(directory_world.pool(ad.document()))
    for _ in range(3):
        for _ in range(3):
            with pytest.raises(NotAuthorized):
                directory_world.sign_in(client, "ada", "a guess")
        assert directory_world.sign_in(client, "ada", PASSWORD)


def test_answers_about_other_domains_are_left_alone(
    directory_world: DirectoryWorld, ad: ActiveDirectory
) -> None:
    """A search of a domain's root always refers to others beside its entries."""
    ad.add("ada", PASSWORD)
    client = directory_world.client(directory_world.pool(ad.document()))
    assert directory_world.sign_in(client, "ada", PASSWORD)
    assert {dn for dn, _ in ad.binds} == {
        f"CN=Poolgate,CN=Users,{DOMAIN}",
        f"CN=ada,CN=Users,{DOMAIN}",
    }
