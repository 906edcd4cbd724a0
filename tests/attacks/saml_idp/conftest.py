"""A pool with a person and an application, and requests that no honest application sends."""

from __future__ import annotations

import base64
import secrets
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from federation.saml import redirect_binding, signing
from idp.user_pools.services.saml_certificates import Certified
from tests.federation.saml_idp.conftest import application, make_application, saml_world
from tests.federation.saml_idp.service_provider import CONSUMER, ENTITY_ID, ServiceProvider
from tests.idp.oauth.world import ORIGIN, World

__all__ = ["application", "make_application", "saml_world"]

REQUEST = """<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0"
 IssueInstant="{issued}"{destination} AssertionConsumerServiceURL="{consumer}"{more}>
<saml:Issuer>{issuer}</saml:Issuer>{inside}</samlp:AuthnRequest>"""


@dataclass
class Attacker:
    """Sends whatever a test wants to an application's provider, and looks at what follows."""

    world: World
    application: ServiceProvider
    browser: FlaskClient

    @property
    def here(self) -> str:
        return ORIGIN + self.application.place("sso")

    def xml(self, **said: str) -> str:
        values = {
            "id": f"_{secrets.token_hex(16)}",
            "issued": moment(0),
            "destination": f' Destination="{self.here}"',
            "consumer": CONSUMER,
            "issuer": ENTITY_ID,
            "more": "",
            "inside": "",
            **said,
        }
        return REQUEST.format(**values)

    def redirect(
        self, xml: str, key: Certified | None = None, relay_state: str | None = None
    ) -> TestResponse:
        private_key = key.private_key if key else None
        location = redirect_binding.location(
            self.here, redirect_binding.REQUEST, xml.encode(), relay_state, private_key
        )
        return self.browser.get(location, base_url=ORIGIN)

    def query(self, parameters: Mapping[str, str]) -> TestResponse:
        return self.browser.get(f"{self.here}?{urlencode(parameters)}", base_url=ORIGIN)

    def post(self, xml: str | bytes, relay_state: str = "") -> TestResponse:
        """As our own page relays it."""
        octets = xml.encode() if isinstance(xml, str) else xml
        form = {"SAMLRequest": base64.b64encode(octets).decode(), "relayed": "1"}
        if relay_state:
            form["RelayState"] = relay_state
        return self.browser.post(self.here, data=form, base_url=ORIGIN)


def signed(xml: str, key: Certified) -> str:
    """With an enveloped signature."""
    root: Any = etree.fromstring(xml.encode())
    signing.sign(root, key)
    return str(etree.tostring(root).decode())


def deflated(octets: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(octets) + packer.flush()).decode()


def moment(seconds_from_now: float) -> str:
    then = datetime.fromtimestamp(time.time() + seconds_from_now, UTC)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_sign_in_page(answer: TestResponse) -> bool:
    return answer.status_code == 303 and answer.location.startswith("/login?")


def refused(answer: TestResponse, detail: str = "") -> None:
    """The person sees an error, and is led nowhere."""
    assert answer.status_code == 400, answer.text
    assert "SAMLResponse" not in answer.text
    assert "Location" not in answer.headers
    assert detail in answer.text


@pytest.fixture
def attacker(application: ServiceProvider) -> Attacker:
    return Attacker(application.world, application, application.world.browser())
