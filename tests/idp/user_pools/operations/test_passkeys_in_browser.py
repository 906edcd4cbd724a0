"""Passkeys in chromium: a page asks its virtual authenticator what the operations ask of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page

from tests.idp.user_pools.operations.choosing import (
    FLOWS,
    begin,
    choosing_pool,
    configure,
    person,
    respond,
)
from tests.idp.user_pools.operations.world import AppClient, World

CREATE = """async (options) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({ publicKey })).toJSON();
}"""
GET = """async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(options));
  return (await navigator.credentials.get({ publicKey })).toJSON();
}"""


class Application(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # http.server's name
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>Application</h1>")

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def application(page: Page) -> Iterator[Page]:
    """An application's page on http://localhost."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Application) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        page.goto(f"http://localhost:{server.server_port}/")
        yield page
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Device:
    """A virtual authenticator, and how to speak to it."""

    session: CDPSession
    authenticator_id: str


@pytest.fixture
def device(application: Page) -> Device:
    """A device with a platform authenticator, which always recognises its user."""
    session = application.context.new_cdp_session(application)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(session, added["authenticatorId"])


@pytest.fixture
def client(world: World) -> AppClient:
    """Of a pool whose relying party is the page's host, as it is by default."""
    return choosing_pool(world).client(ExplicitAuthFlows=FLOWS)


def register(client: AppClient, page: Page, username: str) -> dict[str, Any]:
    public = client.pool.world.public
    token = client.tokens(username)["AccessToken"]
    options = public.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    credential: dict[str, Any] = page.evaluate(CREATE, options)
    public.complete_web_authn_registration(AccessToken=token, Credential=credential)
    return credential


def sign_in(client: AppClient, page: Page, username: str) -> Any:
    challenge = begin(client, username, "WEB_AUTHN")
    options = challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]
    credential = page.evaluate(GET, options)
    return respond(client, challenge, username, CREDENTIAL=json.dumps(credential))


def test_passkey_is_made_and_signs_in(
    world: World, client: AppClient, application: Page, device: Device
) -> None:
    email = person(client.pool)
    made = register(client, application, email)
    for _ in range(2):
        tokens = sign_in(client, application, email)["AuthenticationResult"]
    listed = world.public.list_web_authn_credentials(AccessToken=tokens["AccessToken"])
    (passkey,) = listed["Credentials"]
    assert passkey["CredentialId"] == made["id"]
    assert passkey["RelyingPartyId"] == "localhost"
    assert "internal" in passkey["AuthenticatorTransports"]
    with pytest.raises(Exception, match="InvalidStateError"):
        register(client, application, email)  # the browser knows it among excludeCredentials


def test_user_verification_is_asked_of_the_device_where_it_is_required(
    client: AppClient, application: Page, device: Device
) -> None:
    configure(client.pool, WebAuthnConfiguration={"UserVerification": "required"})
    email = person(client.pool)
    register(client, application, email)
    assert sign_in(client, application, email)["AuthenticationResult"]
    nobody = {"authenticatorId": device.authenticator_id, "isUserVerified": False}
    device.session.send("WebAuthn.setUserVerified", nobody)
    with pytest.raises(Exception, match="NotAllowedError"):
        sign_in(client, application, email)


def test_browser_gives_no_passkey_to_the_page_of_another_relying_party(
    client: AppClient, application: Page, device: Device
) -> None:
    configure(client.pool, WebAuthnConfiguration={"RelyingPartyId": "example.com"})
    with pytest.raises(Exception, match="SecurityError"):
        register(client, application, person(client.pool))
