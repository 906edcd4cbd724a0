"""The pages' own policy, on every answer that a browser shows."""

from __future__ import annotations

import re

import pytest

from idp.hosted_ui.assets import source as source_of
from idp.hosted_ui.headers import source
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import ORIGIN, Pkce, World, request_of

SCREENS = ["/login", "/signup", "/confirm", "/resendcode", "/forgotPassword",
           "/confirmforgotPassword"]  # fmt: skip


@pytest.mark.parametrize("path", SCREENS)
def test_no_page_can_be_framed_cached_or_scripted(visitor: Visitor, path: str) -> None:
    """Clickjacking, and what a hole in a template could do."""
    headers = visitor.get(path).headers
    policy = headers["Content-Security-Policy"]
    digests = r"('sha256-[\w+/]{43}=' ?)+"
    assert re.match(f"default-src 'none'; style-src {digests}; script-src {digests}; ", policy)
    assert "frame-ancestors 'none'; base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", SCREENS)
def test_the_policy_names_what_stands_in_the_page(visitor: Visitor, path: str) -> None:
    """Style and script run by their digests alone; attributes with either do not run at all."""
    answer = visitor.get(path)
    policy = answer.headers["Content-Security-Policy"]
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        assert source_of(text) in policy.split(f"{tag}-src ")[1].split(";")[0]
    assert " style=" not in answer.text
    assert not re.search(r"<[^>]+ on\w+=", answer.text)


def test_the_error_and_signed_out_pages_have_it_too(world: World, visitor: Visitor) -> None:
    for path in ("/login", "/logout", f"/logout?client_id={visitor.client.id}"):
        headers = world.browser().get(path, base_url=ORIGIN).headers
        assert "form-action 'self';" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"


def test_the_answer_with_the_code_leaks_no_referrer(world: World, visitor: Visitor) -> None:
    world.user(visitor.client.pool_id)
    answer = world.sign_in(visitor.browser, visitor.client, **Pkce().parameters)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_may_end_where_the_client_is(world: World, pool_id: str) -> None:
    """Chromium checks form-action on the redirects after the form, too."""
    callbacks = ["https://app.example/callback", "http://localhost:3000/", "com.example.app:/cb"]
    client = world.client(pool_id, CallbackURLs=callbacks, LogoutURLs=["https://www.app.example/"])
    visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    policy = visitor.get("/login").headers["Content-Security-Policy"]
    assert (
        "form-action 'self' com.example.app: http://localhost:3000 https://app.example "
        "https://www.app.example;" in policy
    )


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://app.example/cb", "https://app.example"),
        ("http://[::1]:3000/cb", "http:"),
        ("https://app.example;script-src *", "https:"),
        ("https://app.example 'unsafe-inline'/", "https:"),
        ("myapp://callback", "myapp:"),
        ("https://bücher.example/", "https:"),
    ],
)
def test_a_redirect_uri_cannot_add_to_the_policy(uri: str, expected: str) -> None:
    assert source(uri) == expected


def test_assets_are_cached_by_content(visitor: Visitor) -> None:
    text = visitor.get("/login").text
    addresses = [part.split('"')[0] for part in text.split('"/hosted-ui/')[1:]]
    assert {address.split("?")[0] for address in addresses} == {"logo.svg"}
    for address in addresses:
        answer = visitor.browser.get("/hosted-ui/" + address, base_url=ORIGIN)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        answer.close()


@pytest.mark.parametrize("name", ["../../app.py", "..%2f..%2fsetup.cfg", "nothing.css"])
def test_only_assets_are_served(world: World, name: str) -> None:
    assert world.browser().get(f"/hosted-ui/{name}").status_code == 404
