"""Names that look like PROVIDER_SUBJECT are those of people from elsewhere."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.providers import GOOGLE, OIDC, create
from tests.idp.user_pools.operations.world import Pool, World, new_email, refused


@pytest.fixture
def pool(world: World) -> Pool:
    made = world.pool()
    create(made, "Google", GOOGLE)
    create(made, "OIDC", OIDC, "Office")
    return made


@pytest.mark.parametrize("name", ["Office_ada", "Google_777", "Office_", "\uff2fffice_ada"])
def test_nobody_is_called_as_people_of_a_provider_are(pool: Pool, name: str) -> None:
    """He would lock out the person whose name it is."""
    with refused("InvalidParameterException", "cannot begin with"):
        pool.create_user(name)
    with refused("InvalidParameterException", "cannot begin with"):
        pool.client().sign_up(name, email=new_email())


@pytest.mark.parametrize(
    "name", ["Office", "Offices_ada", "ada_Office_", "Other_ada", "office_ada"]
)
def test_other_names_are_free(pool: Pool, name: str) -> None:
    pool.create_user(name)


def test_capitals_are_no_way_around_where_they_do_not_count(world: World) -> None:
    pool = world.pool(UsernameConfiguration={"CaseSensitive": False})
    create(pool, "OIDC", OIDC, "Office")
    with refused("InvalidParameterException", "cannot begin with"):
        pool.create_user("oFFICE_ada")


def test_an_address_is_a_name_as_well(world: World) -> None:
    """SAML and OpenID providers may call people by addresses; social ones never do."""
    pool = world.email_pool()
    create(pool, "Google", GOOGLE)
    create(pool, "OIDC", OIDC, "Office")
    with refused("InvalidParameterException", "email cannot begin with"):
        pool.create_user("Office_ada@example.com")
    pool.create_user("Google_ada@example.com")


def test_a_preferred_username_is_one_too(world: World) -> None:
    pool = world.pool(AliasAttributes=["preferred_username"])
    create(pool, "OIDC", OIDC, "Office")
    pool.create_user("ada")
    with refused("InvalidParameterException", "preferred_username cannot begin with"):
        pool.call(
            "admin_update_user_attributes",
            Username="ada",
            UserAttributes=[{"Name": "preferred_username", "Value": "Office_ada"}],
        )


def test_a_provider_whose_peoples_names_are_taken_is_refused(world: World) -> None:
    pool = world.pool()
    pool.create_user("Office_ada")
    with refused("InvalidParameterException", "there are users whose names begin with"):
        create(pool, "OIDC", OIDC, "Office")
    create(pool, "OIDC", OIDC, "Offic")
    create(pool, "OIDC", OIDC, "Off%")  # no pattern


def test_who_had_such_a_name_before_keeps_it(world: World) -> None:
    """The name of a social provider cannot be chosen, and nobody can be renamed."""
    pool = world.pool()
    pool.create_user("Google_bob")
    create(pool, "Google", GOOGLE)
    pool.call(
        "admin_update_user_attributes",
        Username="Google_bob",
        UserAttributes=[{"Name": "name", "Value": "Bob"}],
    )
    assert pool.attributes("Google_bob")["name"] == "Bob"
