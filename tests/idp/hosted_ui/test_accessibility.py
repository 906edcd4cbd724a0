"""What a screen reader, a keyboard and a password manager need of each page."""

from __future__ import annotations

import pytest

from idp.user_pools.rules.languages import LANGUAGES
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.hosted_ui.parsed_page import Page
from tests.idp.oauth.world import PASSWORD, World

SCREENS = ["/login", "/signup", "/confirm", "/forgotPassword", "/confirmforgotPassword"]


@pytest.mark.parametrize("path", SCREENS)
def test_every_input_has_a_label_and_a_purpose(visitor: Visitor, path: str) -> None:
    page = Page(visitor.get(path).text)
    labelled = {label["for"] for label in page.all("label")}
    assert page.inputs
    for each in page.inputs:
        assert each["id"] in labelled
        assert each["autocomplete"]
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("path", SCREENS)
def test_every_page_has_a_language_a_title_a_heading_and_a_main(
    visitor: Visitor, path: str
) -> None:
    page = Page(visitor.get(path).text)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    viewport = next(m for m in page.all("meta") if m.get("name") == "viewport")
    assert "user-scalable" not in (viewport["content"] or "")


@pytest.mark.parametrize("path", ["/signup", "/confirmforgotPassword"])
def test_errors_are_tied_to_their_inputs(visitor: Visitor, path: str) -> None:
    page = Page(visitor.submit(path).text)
    invalid = [each for each in page.inputs if each.get("aria-invalid") == "true"]
    assert len(invalid) == len(page.inputs)
    for each in invalid:
        described = (each["aria-describedby"] or "").split()
        assert f"{each['id']}-error" in described
        assert set(described) <= set(page.ids)
    (summary,) = [each for each in page.all("div") if each.get("role") == "alert"]
    assert "autofocus" in summary
    targets = {link["href"] for link in page.all("a") if (link["href"] or "").startswith("#")}
    assert targets == {f"#{each['id']}" for each in invalid}


def test_a_single_error_has_the_focus_in_its_input(visitor: Visitor) -> None:
    """Its description says what is wrong, so a summary would only stand in the way."""
    page = Page(visitor.submit("/signup", username="ada@example.com").text)
    (invalid,) = [each for each in page.inputs if each.get("aria-invalid") == "true"]
    assert "autofocus" in invalid


def test_a_refusal_is_announced(world: World, visitor: Visitor) -> None:
    page = Page(visitor.submit("/login", username="x@example.com", password="wrong").text)
    assert any(each.get("role") == "alert" for each in page.all("div"))
    password = next(each for each in page.inputs if each["type"] == "password")
    assert "autofocus" in password
    assert "value" not in password


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/login", ["username", "current-password"]),
        ("/signup", ["username", "new-password"]),
        ("/confirmforgotPassword", ["username", "one-time-code", "new-password"]),
    ],
)
def test_password_managers_know_the_fields(
    visitor: Visitor, path: str, expected: list[str]
) -> None:
    page = Page(visitor.get(path).text)
    assert [each["autocomplete"] for each in page.inputs] == expected


def test_tab_goes_from_one_input_to_the_next(visitor: Visitor) -> None:
    """The link beside a label comes after its input."""
    page = Page(visitor.get("/login").text)
    stops = [
        name if name != "input" else attributes["name"]
        for name, attributes in page.elements
        if name in {"a", "button"} or (name == "input" and attributes["type"] != "hidden")
    ]
    # Last come the languages: the present one first, which opens the list.
    assert stops == ["username", "password", "a", "button", "a", *["a"] * len(LANGUAGES)]
    assert not any("tabindex" in attributes for _, attributes in page.elements)


def test_the_code_page_offers_the_code_from_the_message(world: World, visitor: Visitor) -> None:
    answer = visitor.submit("/signup", username="ada@example.com", password=PASSWORD)
    page = Page(visitor.follow(answer).text)
    (code,) = page.inputs
    assert (code["autocomplete"], code["inputmode"]) == ("one-time-code", "numeric")
