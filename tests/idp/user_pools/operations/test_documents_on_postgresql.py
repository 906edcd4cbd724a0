"""What a database could decide otherwise: who is first, and texts that PostgreSQL does not take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.models import LinkedIdentity, PoolAsset, PoolDocument
from idp.user_pools.operations import pools as pool_operations
from tests.idp.user_pools.operations.pictures import PNG
from tests.idp.user_pools.operations.providers import GOOGLE, OIDC, create
from tests.idp.user_pools.operations.world import (
    Pool,
    World,
    _key_pair,
    at_once,
    new_name,
    quick_keys,
    refused,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    _key_pair()
    url = request.getfixturevalue("fresh_postgres_url") if request.param != "sqlite" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool_operations.signing_keys, "make", quick_keys)
        made = World(tmp_path, url)
        yield made
        made.close()


def link(pool: Pool, username: str, value: str) -> Any:
    return pool.call(
        "admin_link_provider_for_user",
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": username},
        SourceUser={
            "ProviderName": "Google",
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": value,
        },
    )


def test_first_one_gets_what_is_unique(world: World) -> None:
    pool = world.pool()
    client = pool.client()
    providers = [lambda: create(pool, "Google", GOOGLE, IdpIdentifiers=["one"])] * 3
    assert at_once(*providers) == ["DuplicateProviderException"] * 2 + ["ok"]
    names = ("Office", "Other")
    taken = [
        lambda name=name: create(pool, "OIDC", OIDC, name, IdpIdentifiers=["i"]) for name in names
    ]
    assert at_once(*taken) == ["InvalidParameterException", "ok"]
    styles = [lambda: pool.call("create_managed_login_branding", ClientId=client.id)] * 3
    assert at_once(*styles) == ["ManagedLoginBrandingExistsException"] * 2 + ["ok"]
    given = {"TermsSource": "LINK", "Enforcement": "NONE"}
    links = {"cognito:default": "https://terms.example.com"}
    terms = [
        lambda: pool.call(
            "create_terms", ClientId=client.id, TermsName="terms-of-use", Links=links, **given
        )
    ] * 3
    assert at_once(*terms) == ["TermsExistsException"] * 2 + ["ok"]
    answers: set[str] = set()
    ask = [lambda: answers.add(pool.call("get_signing_certificate")["Certificate"])] * 3
    assert at_once(*ask) == ["ok"] * 3
    assert len(answers) == 1


def test_link_is_made_once_and_five_times_at_most(world: World) -> None:
    pool = world.pool()
    create(pool, "Google", GOOGLE)
    names = [new_name() for _ in range(3)]
    for name in names:
        pool.create_user(name)
    same = [lambda name=name: link(pool, name, "same") for name in names]
    assert at_once(*same) == ["InvalidParameterException"] * 2 + ["ok"]
    name = new_name()
    pool.create_user(name)
    many = [lambda n=n: link(pool, name, f"n{n}") for n in range(7)]
    assert at_once(*many) == ["LimitExceededException"] * 2 + ["ok"] * 5


def test_texts_that_no_database_takes_are_refused_before(world: World) -> None:
    pool = world.pool()
    client = pool.client()
    for settings in ({"components": {"form": {"x": "a\0b"}}}, {"components": {"form": {"\0": 1}}}):
        with refused("SerializationException"):
            pool.call("create_managed_login_branding", ClientId=client.id, Settings=settings)
    large = {"components": {"form": {"x": 10**400}}}
    with refused("SerializationException"):
        pool.call("create_managed_login_branding", ClientId=client.id, Settings=large)


def test_pool_takes_all_its_documents_along(world: World) -> None:
    pool, name = world.pool(), new_name()
    client = pool.client()
    create(pool, "Google", GOOGLE, IdpIdentifiers=["one"])
    pool.create_user(name)
    link(pool, name, "1")
    asset = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PNG}
    pool.call("create_managed_login_branding", ClientId=client.id, Assets=[asset])
    pool.call("get_signing_certificate")
    world.admin.delete_user_pool(UserPoolId=pool.id)

    def left(session: Any) -> list[int]:
        tables = (PoolDocument, PoolAsset, LinkedIdentity)
        return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    assert world.kernel.database.read(left) == [0, 0, 0]
