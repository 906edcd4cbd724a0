"""A provider that stalls, or whose metadata is a bomb, holds up who wants to go there alone."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.servers.application import Application, create_application
from tests.servers.poolgate_server import Poolgate

CALLBACK = "http://localhost:9/callback"
PEOPLE = 16
"""Who go there at once."""
STALLED_SECONDS = 20.0
BOMB = (
    b'<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (next_, *[this] * 8)
        for this, next_ in zip(b"abcdefgh", b"bcdefghi", strict=True)
    )
    + b"]><m>&i;</m>"
)


class _Stalling(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/bomb":
            self.send_header("Content-Length", str(len(BOMB)))
            self.end_headers()
            self.wfile.write(BOMB)
            return
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(int(STALLED_SECONDS / 0.2)):
            try:
                self.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.2)

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture(scope="module")
def stalling() -> Iterator[str]:
    """The origin of a server that sends a byte now and then, and a bomb at /bomb."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stalling)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def leave(application: Application, name: str) -> str:
    """The error that the client is told for who wants to sign in there (RFC 6749 §4.1.2.1)."""
    query = urlencode(
        {
            "client_id": application.client_id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "identity_provider": name,
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }
    )
    connection = http.client.HTTPConnection("127.0.0.1", application.server.port, timeout=40)
    with closing(connection):
        connection.request("GET", f"/login?{query}", headers={"Host": "localhost"})
        location = connection.getresponse().headers["Location"]
    return parse_qs(urlsplit(location).query)["error_description"][0]


def with_providers(server: Poolgate, address: str) -> Application:
    """A client whose people come from a SAML and from an OpenID provider, both at an address."""
    application = create_application(
        server,
        CallbackURLs=[CALLBACK],
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        AllowedOAuthFlowsUserPoolClient=True,
    )
    operator = server.client("cognito-idp")
    details = {
        "SAML": {"MetadataURL": address},
        "OIDC": {
            "client_id": "pool",
            "client_secret": "secret",
            "authorize_scopes": "openid",
            "attributes_request_method": "GET",
            "oidc_issuer": address,
        },
    }
    for kind, given in details.items():
        operator.create_identity_provider(
            UserPoolId=application.pool_id,
            ProviderName=f"Slow{kind}",
            ProviderType=kind,
            ProviderDetails=given,
        )
    operator.update_user_pool_client(
        UserPoolId=application.pool_id,
        ClientId=application.client_id,
        CallbackURLs=[CALLBACK],
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        AllowedOAuthFlowsUserPoolClient=True,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        SupportedIdentityProviders=["COGNITO", "SlowSAML", "SlowOIDC"],
    )
    return application


@pytest.mark.parametrize("path", ["/slow", "/bomb"])
def test_who_signs_in_here_waits_for_no_provider(
    poolgate_server: Poolgate, stalling: str, path: str
) -> None:
    application = with_providers(poolgate_server, stalling + path)
    person = application.sign_up()
    errors: list[str] = []
    travellers = [
        threading.Thread(target=lambda kind=kind: errors.append(leave(application, f"Slow{kind}")))
        for kind in ("SAML", "OIDC")
        for _ in range(PEOPLE // 2)
    ]
    for traveller in travellers:
        traveller.start()
    assert application.sign_in(person)["AccessToken"]
    are_waiting = any(traveller.is_alive() for traveller in travellers)
    for traveller in travellers:
        traveller.join()
    assert len(errors) == PEOPLE
    assert all("identity provider" in error for error in errors), set(errors)
    assert are_waiting or path == "/bomb"  # which is refused at once
