"""Classic branding on the hosted pages: a stylesheet and a logo at addresses of their own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from idp.hosted_ui.assets import source
from idp.models import PoolDomain, UserPool
from idp.user_pools.rules import colours
from idp.user_pools.services import terms, ui_customization
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import ORIGIN, World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
CSS = """
.submitButton-customizable:hover { color: #123456 }
.idpButton-customizable { color: #654321 }
.background-customizable, .banner-customizable { background-color: #abcdef }
"""


@pytest.fixture
def brand(world: World, visitor: Visitor) -> Any:
    pool_id = visitor.client.pool_id

    def unit(session: Session, client_id: str, given: dict[str, Any]) -> None:
        pool = session.get_one(UserPool, pool_id)
        if not session.get(PoolDomain, "brand"):
            now = world.kernel.clock.now()
            session.add(PoolDomain(domain="brand", pool_id=pool_id, settings={}, created=now))
            session.flush()
        request = {"ClientId": client_id, **given}
        ui_customization.set_customization(session, world.kernel, pool, request)

    def apply(client_id: str, **given: Any) -> None:
        world.kernel.database.write(unit, client_id, given)

    return apply


@pytest.fixture
def agree(world: World, visitor: Visitor) -> Any:
    """Give the client terms of a name, with these links."""

    def unit(session: Session, name: str, links: dict[str, str]) -> None:
        pool = session.get_one(UserPool, visitor.client.pool_id)
        request = {
            "ClientId": visitor.client.id,
            "TermsName": name,
            "TermsSource": "LINK",
            "Enforcement": "NONE",
            "Links": links,
        }
        terms.create(session, world.kernel, pool, request)

    return lambda name, **links: world.kernel.database.write(
        unit, name, {f"cognito:{language}": url for language, url in links.items()}
    )


def test_terms_are_linked_once_both_documents_are_there(visitor: Visitor, agree: Any) -> None:
    agree("terms-of-use", default="https://terms.example/", english="https://terms.example/en?a&b")
    assert "terms.example" not in visitor.get("/signup").text
    agree("privacy-policy", default="https://privacy.example/", german="https://privacy.example/de")
    text = visitor.get("/signup").text
    assert 'href="https://terms.example/en?a&amp;b" target="_blank" rel="noopener' in text
    assert 'href="https://privacy.example/" target="_blank" rel="noopener' in text
    assert "terms.example" not in visitor.get("/login").text


def stylesheets(text: str) -> list[str]:
    assert 'rel="stylesheet"' not in text
    return re.findall(r"<style>(.*?)</style>", text, re.DOTALL)


def logo(text: str) -> str:
    (found,) = re.findall(r'<img class="brand" src="([^"]+)"', text)
    return str(found)


def test_page_without_branding_has_our_own_look(visitor: Visitor) -> None:
    text = visitor.get("/login").text
    assert len(stylesheets(text)) == 1
    assert logo(text).startswith("/hosted-ui/logo.svg")


def test_branding_of_all_clients_is_on_every_page(visitor: Visitor, brand: Any) -> None:
    brand("ALL", CSS=CSS, ImageFile=PNG)
    for path in ("/login", "/signup", "/forgotPassword"):
        answer = visitor.get(path)
        _, sheet = stylesheets(answer.text)
        assert source(sheet) in answer.headers["Content-Security-Policy"]
        assert ".card .button:where(:not(.upstreams *)):hover{color:#123456}" in sheet
        assert ".card,.card .banner{background-color:#abcdef}" in sheet
        assert ".upstreams .button:where(:not(.is-social)){color:#654321}" in sheet
        assert "customizable" not in sheet
        image = visitor.browser.get(logo(answer.text), base_url=ORIGIN)
        assert (image.content_type, image.data) == ("image/png", PNG)
        assert image.headers["X-Content-Type-Options"] == "nosniff"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_change_is_seen_at_once(visitor: Visitor, brand: Any) -> None:
    brand("ALL", CSS=CSS)
    (_, before) = stylesheets(visitor.get("/login").text)
    brand(visitor.client.id, CSS=".label-customizable { color: #111111 }")
    (_, after) = stylesheets(visitor.get("/login").text)
    assert "#111111" in after
    assert before != after
    brand(visitor.client.id)
    assert stylesheets(visitor.get("/login").text)[1] == before


@pytest.mark.parametrize(
    "path",
    [
        "/hosted-ui/logo/{pool}/..%2f..%2fetc%2fpasswd",
        "/hosted-ui/logo/{pool}/00000000-0000-4000-8000-000000000000.png",
    ],
)
def test_nothing_else_is_found_at_these_addresses(visitor: Visitor, path: str) -> None:
    address = path.format(pool=visitor.client.pool_id)
    assert visitor.browser.get(address, base_url=ORIGIN).status_code == 404


def accent(visitor: Visitor, brand: Any, css: str) -> dict[str, str]:
    brand("ALL", CSS=css)
    _, sheet = stylesheets(visitor.get("/login").text)
    # The first one has our own tokens, for light pages.
    _, *more = re.findall(r"^:root\{(.*)\}$", sheet, re.MULTILINE)
    return dict(re.findall(r"--([\w-]+):(#\w{6})", "".join(more)))


BUTTON = ".submitButton-customizable {{ background-color: {} }}"


@pytest.mark.parametrize("colour", ["#aa3300", "rgb(170, 51, 0)", "hsl(18, 100%, 33.33%)"])
def test_links_take_the_colour_of_the_button(visitor: Visitor, brand: Any, colour: str) -> None:
    assert accent(visitor, brand, BUTTON.format(colour))["accent"] == "#aa3300"


@pytest.mark.parametrize("colour", ["#ffe000", "yellow", "#fff", "#7ad"])
@pytest.mark.parametrize("behind", ["", "#ffe", "#102030", "#777777"])
def test_links_can_be_read_whatever_the_button_is(
    visitor: Visitor, brand: Any, colour: str, behind: str
) -> None:
    css = BUTTON.format(colour)
    if behind:
        css += f" .background-customizable {{ background: {behind} }}"
    found = accent(visitor, brand, css)
    for surface in [behind] if behind else ["#ffffff", "#f4f7f8", "#dcecef"]:
        for name in ("accent", "accent-hover"):
            front, back = colours.parse(found[name]), colours.parse(surface)
            assert front
            assert back
            assert colours.contrast(front, back) >= 4.5


@pytest.mark.parametrize(
    "css",
    [
        ".label-customizable { color: #aa3300 }",
        BUTTON.format("rgba(0, 0, 0, 0.5)"),
        BUTTON.format("rebeccapurple"),
        BUTTON.format("#a30") + " .background-customizable { background-color: papayawhip }",
    ],
)
def test_what_cannot_be_measured_leaves_links_as_they_are(
    visitor: Visitor, brand: Any, css: str
) -> None:
    assert accent(visitor, brand, css) == {}


def test_text_without_a_class_can_be_read_on_a_dark_card(visitor: Visitor, brand: Any) -> None:
    css = (
        ".background-customizable { background-color: #1b1030 } .label-customizable { color: red }"
    )
    brand("ALL", CSS=css)
    _, sheet = stylesheets(visitor.get("/login").text)
    card = colours.parse("#1b1030")
    assert card
    for selector in ("h1", ".lead", ".error"):
        rule = rf"^:where\(\.card\) [^{{]*{re.escape(selector)}[^{{]*\{{color:(#\w+)\}}"
        found = re.search(rule, sheet, re.MULTILINE)
        assert found, selector
        front = colours.parse(found[1])
        assert front
        assert colours.contrast(front, card) >= 4.5
    # The operator's own rule stands behind ours.
    assert sheet.rindex(".card label{color:red}") > sheet.index(":where(.card)")


def test_our_own_logo_keeps_its_size_beside_an_operators_colours(
    visitor: Visitor, brand: Any
) -> None:
    brand("ALL", CSS=CSS)
    text = visitor.get("/login").text
    sheet = stylesheets(text)[1]
    (prefix,) = re.findall(r'\.brand:where\(\[src\^="([^"]+)"\]\)', sheet)
    assert not logo(text).startswith(prefix)
    brand("ALL", CSS=CSS, ImageFile=PNG)
    assert logo(visitor.get("/login").text).startswith(prefix)
