"""A relying party and the browser of its user, over HTTP, with every message in sight.

Libraries hide what passes between the parties; the conformance modules are about just that.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import jwt
import requests

from tests.servers.application import Person

SECONDS = 20
FORM = re.compile(r"<form\b(.*?)>(.*?)</form>", re.DOTALL)
INPUT = re.compile(r"<input\b[^>]*>")
LINK = re.compile(r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


@dataclass
class Page:
    """What a person sees: a response that is not a redirection back to the relying party."""

    response: requests.Response

    @property
    def asks_for_password(self) -> bool:
        return 'name="password"' in self.response.text

    def value_of(self, name: str) -> str:
        """What a field of the form holds."""
        return self.form[1].get(name, "")

    def link(self, words: str) -> str:
        """Where the link leads whose text has these words."""
        for address, text in LINK.findall(self.response.text):
            if words in text:
                return urljoin(self.response.url, html.unescape(address))
        raise AssertionError(f"no link says {words}")

    @property
    def form_address(self) -> str:
        """Where the page's first form goes; empty where it has none."""
        return self.form[0] if FORM.search(self.response.text) else ""

    @cached_property
    def form(self) -> tuple[str, dict[str, str]]:
        """Where the page's first form goes, and what is in it."""
        found = FORM.search(self.response.text)
        assert found, self.response.text
        attributes = dict(ATTRIBUTE.findall(found[1]))
        fields = {}
        for tag in INPUT.findall(found[2]):
            given = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(tag)}
            if "name" in given:
                fields[given["name"]] = given.get("value", "")
        action = html.unescape(attributes.get("action", ""))
        return urljoin(self.response.url, action), fields


@dataclass
class Answer:
    """What came back to the relying party's redirect URI."""

    parameters: Mapping[str, str]

    @property
    def code(self) -> str:
        assert "error" not in self.parameters, self.parameters
        return self.parameters["code"]

    @property
    def error(self) -> str:
        return self.parameters["error"]


class Browser:
    """A person's browser: cookies, redirections, forms; it stops at the relying party."""

    def __init__(self, redirect_uri: str) -> None:
        self._session = requests.Session()
        self._redirect_uri = redirect_uri

    def open(self, address: str, form: Mapping[str, str] | None = None) -> Page | Answer:
        """Where a link leads, or a form, when redirections are followed."""
        method = "GET" if form is None else "POST"
        for _ in range(10):
            response = self._session.request(
                method, address, data=form, allow_redirects=False, timeout=SECONDS
            )
            if not response.is_redirect:
                return self._shown(response)
            address, method, form = urljoin(address, response.headers["Location"]), "GET", None
            if self._is_ours(address):
                assert "#" not in address
                return Answer(dict(parse_qsl(urlsplit(address).query)))
        raise AssertionError("redirections without end")

    def sign_in(self, page: Page, person: Person) -> Page | Answer:
        """Fill the sign-in page in."""
        address, fields = page.form
        return self.open(address, {**fields, "username": person.email, "password": person.password})

    def _shown(self, response: requests.Response) -> Page | Answer:
        """OAuth 2.0 Form Post Response Mode: the page that posts itself to the relying party."""
        page = Page(response)
        if FORM.search(response.text):
            address, fields = page.form
            if self._is_ours(address):
                return Answer(fields)
        return page

    def _is_ours(self, address: str) -> bool:
        return address.partition("?")[0] == self._redirect_uri.partition("?")[0]


@dataclass
class RelyingParty:
    """A confidential client. `response_mode` is what its requests ask for; "" asks for nothing."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    response_mode: str = ""
    scope: str = "openid"
    verifiers: dict[str, str] = field(default_factory=dict)

    @cached_property
    def metadata(self) -> dict[str, Any]:
        response = requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=SECONDS)
        assert response.status_code == 200
        found: dict[str, Any] = response.json()
        return found

    def browser(self) -> Browser:
        return Browser(self.redirect_uri)

    def request(self, **parameters: str) -> dict[str, str]:
        """The parameters of an authorization request. An empty value leaves one out."""
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": self.scope,
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "response_mode": self.response_mode,
            **parameters,
        }
        return {name: value for name, value in asked.items() if value}

    def address(self, **parameters: str) -> str:
        return f"{self.metadata['authorization_endpoint']}?{urlencode(self.request(**parameters))}"

    def end_session(self, parameters: Mapping[str, str]) -> str:
        """The address of RP-Initiated Logout 1.0 §2. An empty value leaves a parameter out."""
        query = urlencode({name: value for name, value in parameters.items() if value})
        return f"{self.metadata['end_session_endpoint']}?{query}"

    def authenticate(self, browser: Browser, person: Person, **parameters: str) -> Answer:
        """Through the sign-in page, where it appears, back to the relying party."""
        shown = browser.open(self.address(**parameters))
        if isinstance(shown, Page):
            assert shown.asks_for_password, shown.response.text
            shown = browser.sign_in(shown, person)
        assert isinstance(shown, Answer), shown.response.text
        return shown

    def redeem(self, code: str, *, posted: bool = False, **form: str) -> requests.Response:
        """The token endpoint's answer to a code, by client_secret_basic or client_secret_post."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            **form,
        }
        return self.ask_for_tokens(sent, posted=posted)

    def ask_for_tokens(self, form: Mapping[str, str], *, posted: bool = False) -> requests.Response:
        credentials = {"client_id": self.client_id, "client_secret": self.client_secret}
        return requests.post(
            self.metadata["token_endpoint"],
            data={**form, **credentials} if posted else form,
            auth=None if posted else (self.client_id, self.client_secret),
            timeout=SECONDS,
        )

    def tokens(self, browser: Browser, person: Person, **parameters: str) -> dict[str, Any]:
        """What a whole sign-in gives, with the ID token verified."""
        response = self.redeem(self.authenticate(browser, person, **parameters).code)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def claims(self, id_token: str, nonce: str = "") -> dict[str, Any]:
        """OIDC Core §3.1.3.7: the claims of a good ID token."""
        header = jwt.get_unverified_header(id_token)
        keys = requests.get(self.metadata["jwks_uri"], timeout=SECONDS).json()["keys"]
        (key,) = [key for key in keys if key["kid"] == header["kid"]]
        found: dict[str, Any] = jwt.decode(
            id_token,
            jwt.PyJWK(key).key,
            algorithms=[key["alg"]],
            audience=self.client_id,
            issuer=self.metadata["issuer"],
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
        if nonce:
            assert found["nonce"] == nonce
        return found

    def user_info(self, access_token: str) -> requests.Response:
        return requests.get(
            self.metadata["userinfo_endpoint"],
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=SECONDS,
        )


def left_half_of_hash(text: str) -> str:
    """OIDC Core §3.1.3.6: what at_hash and c_hash hold of a text, for RS256."""
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def challenge(verifier: str) -> str:
    """RFC 7636 §4.2, S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
