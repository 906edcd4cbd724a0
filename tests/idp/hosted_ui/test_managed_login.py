"""Managed login branding on the hosted pages: the settings of a style, and its images."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from idp.hosted_ui import assets, theme
from idp.hosted_ui.managed_login import made
from idp.models import PoolDomain, UserPool
from idp.user_pools.rules import managed_login_defaults
from idp.user_pools.services import managed_login, ui_customization
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import ORIGIN, World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>'
RED = {
    "components": {"primaryButton": {"lightMode": {"defaults": {"backgroundColor": "AA3300FF"}}}}
}


def settings(path: str, value: Any) -> dict[str, Any]:
    for name in reversed(path.split(".")):
        value = {name: value}
    return value  # type: ignore[no-any-return]


@pytest.fixture
def brand(world: World, visitor: Visitor) -> Any:
    """Give the client a style; again, and it replaces what it names."""

    def unit(session: Session, given: dict[str, Any]) -> None:
        pool = session.get_one(UserPool, visitor.client.pool_id)
        request = {"ClientId": visitor.client.id, **given}
        managed_login.create(session, world.kernel, pool, request)

    return lambda **given: world.kernel.database.write(unit, given)


def domain(world: World, visitor: Visitor, version: int) -> None:
    now = world.kernel.clock.now()
    row = PoolDomain(
        domain="brand", pool_id=visitor.client.pool_id,
        settings={"ManagedLoginVersion": version}, created=now,
    )  # fmt: skip
    world.kernel.database.write(lambda session: session.add(row))


def sheets(text: str) -> list[str]:
    return re.findall(r"<style>(.*?)</style>", text, re.DOTALL)


def test_a_style_changes_the_page_and_its_policy_names_it(visitor: Visitor, brand: Any) -> None:
    brand(Settings=RED)
    answer = visitor.get("/login")
    _, sheet = sheets(answer.text)
    assert "@media (prefers-color-scheme:light){:root{--button:#aa3300ff}}" in sheet
    assert assets.source(sheet) in answer.headers["Content-Security-Policy"]
    assert "--button:" not in sheet.replace("--button:#aa3300ff", "")


@pytest.mark.parametrize(
    ("mode", "scheme"), [("LIGHT", "light"), ("DARK", "dark"), ("DYNAMIC", "light dark")]
)
def test_the_mode_of_a_style_decides_between_light_and_dark(
    visitor: Visitor, brand: Any, mode: str, scheme: str
) -> None:
    brand(Settings=settings("categories.global.colorSchemeMode", mode))
    text = visitor.get("/login").text
    assert f'<meta name="color-scheme" content="{scheme}">' in text
    sheet = sheets(text)[1]
    assert (f":root{{color-scheme:{scheme};--canvas:" in sheet) == (mode != "DYNAMIC")


def test_each_setting_that_a_page_shows_reaches_its_token() -> None:
    for token, component, member in theme.COLOURS:
        given = settings(f"{component}.darkMode.{member}", "0a1B2c3D")
        assert f"--{token}:#0a1b2c3d" in theme.stylesheet(given, {})
        assert f"var(--{token})" in assets.stylesheet()
    for token, path in theme.LENGTHS:
        assert f"--{token}:3px" in theme.stylesheet(settings(path, 3), {})
        assert f"var(--{token})" in assets.stylesheet()


def test_each_setting_that_a_page_shows_is_one_that_a_style_can_have() -> None:
    defaults = managed_login_defaults.DEFAULTS
    for _, component, member in theme.COLOURS:
        assert theme.find(defaults, f"{component}.lightMode.{member}"), (component, member)
    for _, path in theme.LENGTHS:
        assert theme.find(defaults, path) is not None


@pytest.mark.parametrize(
    "value",
    ["red", "fff", "aa3300", "aa3300ff;}body{display:none", "</style><script>", "url(//x)", 7, None,
     True, ["aa3300ff"], {"a": "aa3300ff"}, "ａａ3300ff", "aa3300ff\n"],
)  # fmt: skip
def test_nothing_but_a_colour_gets_into_the_stylesheet(value: Any) -> None:
    plain = theme.stylesheet({}, {})
    for _, component, member in theme.COLOURS:
        assert theme.stylesheet(settings(f"{component}.lightMode.{member}", value), {}) == plain


@pytest.mark.parametrize("value", [-1, 101, 10**9, float("nan"), "3px;}", None, [3]])
def test_nothing_but_a_length_gets_into_the_stylesheet(value: Any) -> None:
    plain = theme.stylesheet({}, {})
    for _, path in theme.LENGTHS:
        assert theme.stylesheet(settings(path, value), {}) == plain


def asset(category: str, mode: str = "DYNAMIC", extension: str = "PNG") -> dict[str, Any]:
    content = {"PNG": PNG, "SVG": SVG}[extension]
    return {"Category": category, "ColorMode": mode, "Extension": extension, "Bytes": content}


def test_images_have_addresses_that_run_nothing(visitor: Visitor, brand: Any) -> None:
    logo = settings("components.form.logo", {"enabled": True, "location": "CENTER"})
    logo["components"]["pageBackground"] = {"image": {"enabled": True}}
    given = [
        asset("FORM_LOGO", "LIGHT"), asset("FORM_LOGO", "DARK", "SVG"),
        asset("PAGE_BACKGROUND"), asset("FAVICON_SVG", extension="SVG"),
    ]  # fmt: skip
    brand(Settings=logo, Assets=given)
    answer = visitor.get("/login")
    (light,) = re.findall(r'<img class="brand" src="([^"]+)"', answer.text)
    (dark,) = re.findall(r'prefers-color-scheme: dark\)" srcset="([^"]+)"', answer.text)
    (icon,) = re.findall(r'<link rel="icon" href="([^"]+)"', answer.text)
    backgrounds = re.findall(r"url\(([^)]+)\)", sheets(answer.text)[1])
    assert len(set(backgrounds)) == 1
    for address, kind, content in (
        (light, "image/png", PNG), (dark, "image/svg+xml", SVG),
        (icon, "image/svg+xml", SVG), (backgrounds[0], "image/png", PNG),
    ):  # fmt: skip
        image = visitor.browser.get(address, base_url=ORIGIN)
        assert (image.content_type, image.data) == (kind, content)
        assert "sandbox" in image.headers["Content-Security-Policy"]
        assert image.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["x/00000000-0000-4000-8000-000000000000/00000000-0000-4000-8000-000000000000",
     "{pool}/00000000-0000-4000-8000-000000000000/00000000-0000-4000-8000-000000000000",
     "{pool}/..%2f..%2fui-logo/x", "{pool}/ui-logo/00000000-0000-4000-8000-000000000000"],
)  # fmt: skip
def test_nothing_else_is_found_at_these_addresses(visitor: Visitor, path: str) -> None:
    address = f"/hosted-ui/branding/{path.format(pool=visitor.client.pool_id)}"
    assert visitor.browser.get(address, base_url=ORIGIN).status_code == 404


def test_a_style_has_our_logo_and_the_languages_only_where_it_wants_them(
    visitor: Visitor, brand: Any
) -> None:
    brand(Settings=settings("categories.form.languageSelector.enabled", True))
    text = visitor.get("/login").text
    assert '<details class="languages">' in text
    assert 'class="brand"' not in text
    look = made({}, {})
    assert (look.has_menu, look.has_own_logo, look.logo) == (False, False, "")


@pytest.mark.parametrize(("version", "is_shown"), [(1, False), (2, True)])
def test_the_domains_version_decides_which_branding_is_shown(
    world: World, visitor: Visitor, brand: Any, version: int, is_shown: bool
) -> None:
    domain(world, visitor, version)
    brand(Settings=RED)
    css = ".label-customizable { color: #111111 }"

    def unit(session: Session) -> None:
        pool = session.get_one(UserPool, visitor.client.pool_id)
        ui_customization.set_customization(session, world.kernel, pool, {"CSS": css})

    world.kernel.database.write(unit)
    sheet = sheets(visitor.get("/login").text)[1]
    assert ("#aa3300" in sheet, "#111111" in sheet) == (is_shown, not is_shown)


def test_the_card_stands_where_the_style_says() -> None:
    given = settings("categories.form.location", {"horizontal": "END", "vertical": "TOP"})
    given["categories"]["global"] = {"spacingDensity": "COMPACT"}
    sheet = theme.stylesheet(given, {})
    assert ".page{align-items:flex-end;justify-content:flex-start}" in sheet
    assert "--gap:0.875rem" in sheet
