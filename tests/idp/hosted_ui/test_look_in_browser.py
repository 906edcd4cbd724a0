"""The classes of the classic hosted UI, on our page as chromium applies them."""

from __future__ import annotations

from playwright.sync_api import Page

from idp.hosted_ui import look
from idp.hosted_ui.fields import Field, Rule
from idp.hosted_ui.page import Look, Screen, render
from idp.user_pools.rules import ui_css
from tests.idp.oauth.world import ORIGIN, World, world

__all__ = ["world"]

PASSWORD = Field(
    "password",
    "Password",
    "password",
    "new-password",
    rules=(Rule("At least 8 characters", least=8), Rule("A number", any_of="0123456789")),
)
SCREEN = Screen(
    "sign_in",
    fields=(Field("username", "Email"), PASSWORD),
    errors={"username": "Wrong", "password": "Wrong"},
    links={"sign_up": "/signup"},
    details={
        "asks_name": True,
        "upstreams": [("Harbour", "/a", False), ("Google", "/b", True)],
    },
)
# Where somebody would look for each class.
PLACES = {
    "background": ".card",
    "banner": ".brand",
    "errorMessage": "[role=alert]",
    "idpButton": "a[href='/a']",
    "idpDescription": ".divider span",
    "inputField": "input[type=password]",
    "label": "label[for=password]",
    "legalText": ".aside",
    "logo": ".brand",
    "passwordCheck-notValid": "li[data-any-of]",
    "passwordCheck-valid": "li[data-least]",
    "redirect": ".aside",
    "socialButton": "a[href='/b']",
    "submitButton": "button[type=submit]",
    "textDescription": ".lead",
}
COLOUR = "element => getComputedStyle(element).outlineColor"
COLOUR_OF_BANNER = "element => getComputedStyle(element.parentElement).outlineColor"


def open_page(world: World, page: Page, css: str) -> None:
    sheet = ui_css.write(ui_css.parse(css), look.ELEMENTS)
    with world.app.test_request_context(base_url=ORIGIN):
        body = render(SCREEN, "Lighthouse", "token", Look(stylesheet=sheet)).get_data(as_text=True)
    page.set_content(body)


def test_every_class_has_its_place(world: World, page: Page) -> None:
    assert look.ELEMENTS.keys() == ui_css.CLASSES == PLACES.keys()
    for number, (name, place) in enumerate(PLACES.items(), 1):
        css = f".{name}-customizable {{ outline-color: rgb({number}, 2, 3) }}"
        open_page(world, page, css)
        page.locator("input[type=password]").fill("horsehorse")
        found = page.locator(place).first
        seen = found.evaluate(COLOUR_OF_BANNER if name == "banner" else COLOUR)
        assert seen == f"rgb({number}, 2, 3)", name


def test_one_kind_of_button_is_not_another(world: World, page: Page) -> None:
    """As AWS's template sets them: the last rule is not everybody's."""
    kinds = ("idpButton", "socialButton", "submitButton")
    css = "".join(
        f".{kind}-customizable {{ color: rgb({number}, 0, 0) }}"
        for number, kind in enumerate(kinds)
    )
    open_page(world, page, css)
    for number, kind in enumerate(kinds):
        found = page.locator(PLACES[kind])
        assert (
            found.evaluate("element => getComputedStyle(element).color") == f"rgb({number}, 0, 0)"
        )


def test_rules_are_ticked_while_somebody_types(world: World, page: Page) -> None:
    open_page(world, page, "")
    password = page.locator("input[type=password]")
    for typed, classes in (
        ("1", ["is-unmet", "is-met"]),
        ("12345678", ["is-met"] * 2),
        ("", [""] * 2),
    ):
        password.fill(typed)
        found = [page.locator(f"li[{name}]") for name in ("data-least", "data-any-of")]
        assert [each.get_attribute("class") or "" for each in found] == classes
