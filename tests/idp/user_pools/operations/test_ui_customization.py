"""SetUICustomization and GetUICustomization: which CSS and images are taken."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.pictures import ICO, JPEG, PNG, SVG, WEBP
from tests.idp.user_pools.operations.world import Pool, World, new_name, refused

CSS = """
/* The logo. */
.logo-customizable { max-width: 60%; max-height: 30% }
.submitButton-customizable:hover, .label-customizable {
  color: #fff; background-color: rgba(40, 50, 60, 0.5) !important;
}
"""


@pytest.fixture
def pool(world: World) -> Pool:
    made = world.pool()
    made.call("create_user_pool_domain", Domain=new_name())
    return made


def test_branding_of_a_client_overrides_that_of_all(world: World, pool: Pool) -> None:
    one, two = pool.client(), pool.client()
    everyone = pool.call("set_ui_customization", ClientId="ALL", CSS=CSS, ImageFile=PNG)
    mine = pool.call("set_ui_customization", ClientId=one.id, CSS="")
    assert mine["UICustomization"] == {}
    for request in ({}, {"ClientId": "ALL"}, {"ClientId": one.id}, {"ClientId": two.id}):
        found = pool.call("get_ui_customization", **request)["UICustomization"]
        assert found == everyone["UICustomization"]
    mine = pool.call("set_ui_customization", ClientId=one.id, ImageFile=JPEG)["UICustomization"]
    assert (mine["ClientId"], mine["CSS"]) == (one.id, "")
    assert mine["ImageUrl"].startswith(f"http://localhost:8350/hosted-ui/logo/{pool.id}/")
    assert mine["ImageUrl"].endswith(".jpeg")
    assert pool.call("get_ui_customization", ClientId=one.id)["UICustomization"] == mine
    found = everyone["UICustomization"]
    assert (found["UserPoolId"], found["ClientId"], found["CSS"]) == (pool.id, "ALL", CSS)
    assert found["CSSVersion"].isdigit()


@pytest.mark.parametrize("css", [" " * 131_071 + "a", "/*" * 65_536, "a{" * 65_536, "}" * 131_072])
def test_the_longest_stylesheet_is_refused_before_anybody_has_to_wait(pool: Pool, css: str) -> None:
    """Work that grew with the cube of its length took days for the first of them."""
    with refused("InvalidParameterException", "The CSS is invalid"):
        pool.call("set_ui_customization", CSS=css)


def test_nothing_set_is_an_empty_object(pool: Pool) -> None:
    assert pool.call("get_ui_customization")["UICustomization"] == {}
    pool.call("set_ui_customization", CSS=CSS, ImageFile=PNG)
    pool.call("set_ui_customization")
    assert pool.call("get_ui_customization")["UICustomization"] == {}


def test_branding_needs_a_domain(world: World) -> None:
    with refused("InvalidParameterException", "existing domain"):
        world.pool().call("set_ui_customization", CSS=CSS)


@pytest.mark.parametrize(
    "css",
    [
        "body { color: red }",
        "@import 'http://evil.example/x.css';",
        "@media screen { .logo-customizable { color: red } }",
        ".logo-customizable { background: url(http://evil.example/x) }",
        ".logo-customizable { background: u\\72l(http://evil.example/x) }",
        ".logo-customizable { width: expression(alert(1)) }",
        ".logo-customizable { content: 'x' }",
        ".logo-customizable { position: fixed }",
        ".logo-customizable { color: red } </style><script>alert(1)</script>",
        ".logo-customizable { color: red; } } body { color: red }",
        ".logo-customizable { color: red",
        ".logo-customizable { color: /* red }",
        ".logo-customizable input[value^=a] { color: red }",
        ".logo-customizable::before { color: red }",
        ".logo-customizable:not(.x) { color: red }",
        ".other-customizable { color: red }",
        ".logo-customizable { behavior: x }",
        ".logo-customizable { color }",
        ".logo-customizable { color: var(--x) }",
        ".logo-customizable { -moz-binding: x }",
        "<b>",
        "x",
    ],
)
def test_css_that_breaks_out_is_refused(pool: Pool, css: str) -> None:
    with refused("InvalidParameterException", "The CSS is invalid"):
        pool.call("set_ui_customization", CSS=css)
    assert pool.call("get_ui_customization")["UICustomization"] == {}


@pytest.mark.parametrize("image", [b"GIF89a" + bytes(9), SVG, ICO, WEBP, b"<html>", b"\x89PNX"])
def test_image_is_judged_by_its_content(pool: Pool, image: bytes) -> None:
    with refused("InvalidParameterException", "JPEG, PNG"):
        pool.call("set_ui_customization", ImageFile=image)


def test_image_has_at_most_100_kilobytes(pool: Pool) -> None:
    pool.call("set_ui_customization", ImageFile=PNG + bytes(102_400 - len(PNG)))
    with refused("InvalidParameterException", "100 KB"):
        pool.call("set_ui_customization", ImageFile=PNG + bytes(102_401 - len(PNG)))


def test_clients_and_pools_of_others_are_not_found(world: World, pool: Pool) -> None:
    theirs = world.pool().client()
    for operation in ("set_ui_customization", "get_ui_customization"):
        with refused("ResourceNotFoundException"):
            pool.call(operation, ClientId=theirs.id)
        with refused("ResourceNotFoundException"):
            getattr(world.client(key="OTHER"), operation)(UserPoolId=pool.id)
