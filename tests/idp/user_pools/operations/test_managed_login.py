"""Styles of managed login: one for each client, merged over the defaults, with checked images."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from idp.models import PoolAsset, PoolDocument
from tests.idp.user_pools.operations.pictures import ACTIVE, ICO, JPEG, PNG, SVG, WEBP
from tests.idp.user_pools.operations.world import Pool, World, at_once, refused

RADIUS = {"componentClasses": {"buttons": {"borderRadius": 3}}}


@pytest.fixture
def pool(world: World) -> Pool:
    return world.pool()


def asset(
    content: bytes | None, extension: str = "PNG", category: str = "FORM_LOGO", **more: Any
) -> dict[str, Any]:
    given = {"Category": category, "ColorMode": "LIGHT", "Extension": extension, **more}
    return given if content is None else {**given, "Bytes": content}


def create(pool: Pool, client_id: str = "", **request: Any) -> Any:
    made = pool.call(
        "create_managed_login_branding", ClientId=client_id or pool.client().id, **request
    )
    return made["ManagedLoginBranding"]


def update(pool: Pool, style: Any, **request: Any) -> Any:
    return pool.call(
        "update_managed_login_branding",
        ManagedLoginBrandingId=style["ManagedLoginBrandingId"],
        **request,
    )["ManagedLoginBranding"]


def stored(world: World, pool: Pool) -> int:
    """How many documents and assets the pool has."""

    def unit(session: Any) -> int:
        tables = (PoolDocument, PoolAsset)
        counts = (select(func.count()).where(table.pool_id == pool.id) for table in tables)
        return sum(session.scalar(count) for count in counts)

    return world.kernel.database.read(unit)


def test_style_is_described_by_its_id_and_by_its_client(pool: Pool) -> None:
    client = pool.client()
    made = create(pool, client.id, Settings=RADIUS, Assets=[asset(PNG, ResourceId="logo 1")])
    assert made["Settings"] == RADIUS
    assert made["Assets"] == [asset(PNG, ResourceId="logo 1")]
    assert made["UseCognitoProvidedValues"] is False
    branding_id = made["ManagedLoginBrandingId"]
    by_id = pool.call("describe_managed_login_branding", ManagedLoginBrandingId=branding_id)
    by_client = pool.call("describe_managed_login_branding_by_client", ClientId=client.id)
    assert by_id["ManagedLoginBranding"] == by_client["ManagedLoginBranding"] == made


def test_merged_resources_have_the_defaults(pool: Pool) -> None:
    client = pool.client()
    create(pool, client.id, Settings=RADIUS)
    merged = pool.call(
        "describe_managed_login_branding_by_client", ClientId=client.id, ReturnMergedResources=True
    )["ManagedLoginBranding"]["Settings"]
    assert merged["componentClasses"]["buttons"] == {"borderRadius": 3}
    assert merged["components"]["favicon"] == {"enabledTypes": ["ICO", "SVG"]}
    assert merged["categories"]["global"]["spacingDensity"] == "REGULAR"


def test_client_has_one_style_even_at_once(pool: Pool) -> None:
    client = pool.client()
    works = [lambda: create(pool, client.id, UseCognitoProvidedValues=True)] * 2
    assert at_once(*works) == ["ManagedLoginBrandingExistsException", "ok"]


def test_update_keeps_what_it_does_not_name(pool: Pool) -> None:
    style = create(pool, Settings=RADIUS, Assets=[asset(PNG), asset(ICO, "ICO", "FAVICON_ICO")])
    more = {"componentClasses": {"input": {"borderRadius": 4}}}
    assert update(pool, style, Settings=more)["Settings"] == {
        "componentClasses": {"buttons": {"borderRadius": 3}, "input": {"borderRadius": 4}}
    }
    changed = update(
        pool, style, Assets=[asset(JPEG, "JPEG"), asset(WEBP, "WEBP", "PAGE_BACKGROUND")]
    )
    kinds = [(each["Category"], each["Extension"]) for each in changed["Assets"]]
    assert kinds == [("FORM_LOGO", "JPEG"), ("FAVICON_ICO", "ICO"), ("PAGE_BACKGROUND", "WEBP")]
    kept = update(pool, style, Assets=[asset(None, "JPEG")])
    assert kept["Assets"] == changed["Assets"]


def test_provided_values_take_the_place_of_a_style(world: World, pool: Pool) -> None:
    style = create(pool, Settings=RADIUS, Assets=[asset(PNG)])
    before = stored(world, pool)
    again = update(pool, style, UseCognitoProvidedValues=True)
    assert (again["UseCognitoProvidedValues"], again["Settings"], again["Assets"]) == (True, {}, [])
    assert stored(world, pool) == before - 1
    assert update(pool, style, Settings=RADIUS)["UseCognitoProvidedValues"] is False
    for more in ({"Settings": RADIUS}, {"Assets": [asset(PNG)]}):
        with refused("InvalidParameterException", "UseCognitoProvidedValues"):
            update(pool, style, UseCognitoProvidedValues=True, **more)


def deep(depth: int) -> Any:
    return {"x": deep(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    "settings",
    [
        [],
        "text",
        {"other": {}},
        {"components": {"other": {}}},
        {"components": []},
        {"components": {"form": deep(30)}},
        {"components": {"form": {"x": "y" * 3000}}},
        {"components": {"form": {"x": "a\u0007b"}}},
        {"components": {"form": {"x": None}}},
        {"components": {"form": {f"k{n}": "y" * 2000 for n in range(150)}}},
    ],
)
def test_settings_that_no_style_has_are_refused(world: World, pool: Pool, settings: Any) -> None:
    client = pool.client()
    with refused("InvalidParameterException", "branding settings are invalid"):
        create(pool, client.id, Settings=settings)
    with refused("ResourceNotFoundException"):
        pool.call("describe_managed_login_branding_by_client", ClientId=client.id)


def test_settings_do_not_grow_by_many_updates(pool: Pool) -> None:
    style = create(pool, Settings=RADIUS)
    with refused("InvalidParameterException", "larger than"):
        for number in range(10):
            members = {f"k{number}-{n}": "y" * 2000 for n in range(30)}
            update(pool, style, Settings={"components": {"form": members}})


@pytest.mark.parametrize("drawing", ACTIVE)
def test_svg_that_does_something_is_refused(pool: Pool, drawing: str) -> None:
    with refused("InvalidParameterException"):
        create(pool, Assets=[asset(drawing.encode(), "SVG")])


def test_svg_that_is_a_drawing_is_taken(pool: Pool) -> None:
    made = create(pool, Assets=[asset(SVG, "SVG"), asset(SVG, "SVG", "FAVICON_SVG")])
    assert [each["Bytes"] for each in made["Assets"]] == [SVG, SVG]


@pytest.mark.parametrize(
    "wrong",
    [
        [asset(PNG, "JPEG")],
        [asset(b"<script>", "PNG")],
        [asset(PNG, "PNG", "FAVICON_ICO")],
        [asset(PNG, "PNG", "FAVICON_SVG")],
        [asset(ICO, "ICO")],
        [asset(PNG), asset(JPEG, "JPEG")],
        [asset(None)],
    ],
)
def test_assets_are_what_they_say(pool: Pool, wrong: list[dict[str, Any]]) -> None:
    with refused("InvalidParameterException"):
        create(pool, Assets=wrong)


def test_style_has_at_most_forty_assets_and_ten_megabytes(pool: Pool) -> None:
    many = [asset(PNG, ResourceId=f"r{n}") for n in range(40)]
    style = create(pool, Assets=many)
    with refused("InvalidParameterException", "40 assets"):
        update(pool, style, Assets=[asset(PNG, ResourceId="one more")])
    large = PNG + bytes(990_000)
    with refused("InvalidParameterException", "bytes together"):
        for number in range(11):
            update(pool, style, Assets=[asset(large, ResourceId=f"r{number}")])


def test_style_goes_with_its_client_and_its_assets_with_it(world: World, pool: Pool) -> None:
    client = pool.client()
    style = create(pool, client.id, Assets=[asset(PNG)])
    pool.call("delete_user_pool_client", ClientId=client.id)
    with refused("ResourceNotFoundException"):
        update(pool, style, Settings=RADIUS)
    assert stored(world, pool) == 0


def test_deleted_style_makes_room_for_another(world: World, pool: Pool) -> None:
    client = pool.client()
    style = create(pool, client.id, Assets=[asset(PNG)])
    named = {"ManagedLoginBrandingId": style["ManagedLoginBrandingId"]}
    pool.call("delete_managed_login_branding", **named)
    with refused("ResourceNotFoundException"):
        pool.call("delete_managed_login_branding", **named)
    assert stored(world, pool) == 0
    create(pool, client.id)


def test_styles_of_others_are_not_found(world: World, pool: Pool) -> None:
    other = world.pool()
    style = create(pool)
    named = {"ManagedLoginBrandingId": style["ManagedLoginBrandingId"]}
    for operation in ("describe", "update", "delete"):
        with refused("ResourceNotFoundException"):
            other.call(f"{operation}_managed_login_branding", **named)
    with refused("ResourceNotFoundException"):
        create(other, pool.client().id)
    with refused("ResourceNotFoundException"):
        other.call("describe_managed_login_branding_by_client", ClientId=pool.client().id)
    with refused("ResourceNotFoundException"):
        pool.call("describe_managed_login_branding", ManagedLoginBrandingId=str(uuid4()))
    for request in ({}, named):
        with refused("InvalidParameterException", "required"):
            world.admin.update_managed_login_branding(**request)
