"""An application that signs people in by SAML, with python3-saml's own client."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask.testing import FlaskClient
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from werkzeug.test import TestResponse

from federation.saml_idp import applications
from idp.models import UserPool
from idp.user_pools.services import saml_certificates
from idp.user_pools.services.saml_certificates import Certified
from kernel.clock import Clock
from tests.idp.oauth.world import ORIGIN, PASSWORD, World, csrf_token

ENTITY_ID = "https://sp.example.com/saml"
CONSUMER = "https://sp.example.com/saml/acs"
LOGOUT = "https://sp.example.com/saml/slo"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

METADATA = """<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
    xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{entity_id}">
  <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"
      AuthnRequestsSigned="{signs}">
    <md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}
    </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:SingleLogoutService Binding="{logout_binding}" Location="{logout}"/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
        Location="{consumer}" index="1" isDefault="true"/>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
        Location="{consumer}/second" index="2"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>"""


_make_key = saml_certificates.make


@cache
def key(name: str = "sp.example.com") -> Certified:
    """The key of that name, made once."""
    return _make_key(name, Clock().now())


def metadata(entity_id: str = ENTITY_ID, **said: str) -> str:
    values = {
        "entity_id": entity_id,
        "signs": "false",
        "certificate": key().certificate,
        "logout": LOGOUT,
        "logout_binding": REDIRECT,
        "consumer": CONSUMER,
        **said,
    }
    return METADATA.format(**values)


@dataclass
class ServiceProvider:
    """One application of a pool."""

    world: World
    pool_id: str
    client_id: str
    entity_id: str = ENTITY_ID
    consumer: str = CONSUMER
    security: dict[str, Any] = field(default_factory=dict)
    key: Certified = field(default_factory=key)
    request_id: str = ""
    known: str = ""
    """The provider's metadata that it has; empty fetches it each time."""

    def register(self, said: Mapping[str, str] | None = None, **settings: Any) -> None:
        given = {"entity_id": self.entity_id, "consumer": self.consumer,
                 "certificate": self.key.certificate, **(said or {})}  # fmt: skip

        def unit(session: Any) -> None:
            pool = session.get_one(UserPool, self.pool_id)
            wanted = {"client_id": self.client_id, **settings}
            applications.register(session, pool, metadata(**given), wanted, self.world.kernel.clock)

        self.world.kernel.database.write(unit)

    def place(self, name: str) -> str:
        return f"/saml2/idp/{self.pool_id}/{name}"

    @property
    def provider_metadata(self) -> str:
        return self.world.browser().get(self.place("metadata"), base_url=ORIGIN).text

    def auth(self, form: Mapping[str, str] | None = None, query: str = "") -> OneLogin_Saml2_Auth:
        """The toolkit's client at the consumer service, or where a logout message has come."""
        parsed = OneLogin_Saml2_IdPMetadataParser.parse(self.known or self.provider_metadata)
        settings = {
            "strict": True,
            "sp": {
                "entityId": self.entity_id,
                "assertionConsumerService": {"url": self.consumer, "binding": POST},
                "singleLogoutService": {"url": LOGOUT, "binding": REDIRECT},
                "x509cert": self.key.certificate,
                "privateKey": self.key.private_key,
            },
            "security": {
                "requestedAuthnContext": False,
                "wantAttributeStatement": False,
                **self.security,
            },
        }
        merged = OneLogin_Saml2_IdPMetadataParser.merge_settings(settings, parsed)
        here = urlsplit(LOGOUT if query else self.consumer)
        request = {
            "https": "on",
            "http_host": here.netloc,
            "script_name": here.path,
            "get_data": dict(parse_qsl(query)),
            "post_data": dict(form or {}),
            "query_string": query,
        }
        return OneLogin_Saml2_Auth(request, merged)

    def ask(self, browser: FlaskClient, relay_state: str = "/page", **wishes: Any) -> TestResponse:
        """Send the browser with a request, and follow it to the first page."""
        auth = self.auth()
        location = auth.login(relay_state, **wishes)
        self.request_id = auth.get_last_request_id()
        return follow(browser, location)

    def sign_in(self, browser: FlaskClient, shown: TestResponse, email: str = "ada@example.com",
                password: str = PASSWORD) -> TestResponse:  # fmt: skip
        """Send the form of the sign-in page that is shown."""
        form = {"csrf_token": csrf_token(shown), "username": email, "password": password}
        return browser.post(shown.request.full_path, data=form, base_url=ORIGIN)

    def take(self, answer: TestResponse) -> OneLogin_Saml2_Auth:
        """The answer that a page sends, which the toolkit verifies."""
        auth = self.auth(posted(answer))
        auth.process_response(self.request_id or None)
        assert auth.get_errors() == [], (auth.get_last_error_reason(), xml(answer))
        assert auth.is_authenticated()
        return auth


def follow(browser: FlaskClient, location: str) -> TestResponse:
    """To the page at the end of redirects that stay with us."""
    answer = browser.get(location, base_url=ORIGIN)
    while answer.status_code in {302, 303} and answer.location.startswith(("/", ORIGIN)):
        answer = browser.get(answer.location, base_url=ORIGIN)
    return answer


def posted(answer: TestResponse) -> dict[str, str]:
    """The members of a form that sends itself."""
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)
    assert pairs, answer.text
    return {unescape(name): unescape(value) for name, value in pairs}


def action(answer: TestResponse) -> str:
    found = re.search(r'<form method="post" action="([^"]*)">', answer.text)
    assert found, answer.text
    return unescape(found[1])


def xml(answer: TestResponse) -> str:
    return base64.b64decode(posted(answer)["SAMLResponse"]).decode()


def statuses(answer: TestResponse) -> list[str]:
    """The last words of the status codes, the upper one first."""
    return re.findall(r'StatusCode Value="[^"]*:([A-Za-z]+)"', xml(answer))
