"""An OpenID provider on loopback: two documents over HTTP, and keys of every kind that sign."""

from __future__ import annotations

import json
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

from joserfc import jwk, jwt

from kernel.clock import Clock
from kernel.outbound import Outbound
from kernel.tokens.remote_issuers import RemoteIssuers
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.verification import Verifier

AUDIENCE = "client-of-the-api"
DISCOVERY = "/tenant/.well-known/openid-configuration"
JWKS = "/tenant/keys"

ALGORITHMS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", 2048)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""What signs, by algorithm: a key type, and a size or a curve."""


class Issuer:
    """Answers what `documents` holds, after `delay` seconds, and remembers what was `asked`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.delay = 0.0
        self.documents: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.keys: dict[str, Any] = {}
        self.members: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/tenant"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def add_key(self, algorithm: str, kid: str, **members: Any) -> None:
        """Make a key and publish it with the others; `members` stand beside it in the JWKS."""
        kind, size = ALGORITHMS[algorithm]
        self.keys[kid] = jwk.JWKRegistry.generate_key(kind, size)
        self.members[kid] = {"kid": kid, "use": "sig", **members}
        self.publish()

    def publish(self, **discovery: Any) -> None:
        keys = [
            {**key.as_dict(private=False), **self.members[kid]} for kid, key in self.keys.items()
        ]
        document = {"issuer": self.url, "jwks_uri": f"http://127.0.0.1:{self.port}{JWKS}"}
        self.documents[DISCOVERY] = json.dumps({**document, **discovery}).encode()
        self.documents[JWKS] = json.dumps({"keys": keys}).encode()

    def token(self, algorithm: str, kid: str, *, name: str | None = None, **claims: Any) -> str:
        """A token signed with the key `kid`, which it calls `name`; None leaves a claim out."""
        now = int(time.time())
        all_claims = {
            "iss": self.url,
            "sub": "ada",
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 300,
            **claims,
        }
        said = {key: value for key, value in all_claims.items() if value is not None}
        head = {"alg": algorithm, "kid": name or kid}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that EdDSA has a newer name (RFC 9864)
            return jwt.encode(head, said, self.keys[kid], algorithms=[algorithm])

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, location and body of an answer."""
        with self._lock:
            self.asked.append(path)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.delay)
        with self._lock:
            self.at_once -= 1
        location, body = self.redirects.get(path, ""), self.documents.get(path, b"")
        return 302 if location else 200 if body else 404, location, body


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, location, body = issuer.answer(self.path)
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


class Moving:
    """A clock that the test turns, in seconds since the epoch."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def clock(self) -> Clock:
        return Clock(lambda: time.time() + self.ahead)


def verifier_of(
    *urls: str, moving: Moving | None = None, allow: tuple[str, ...] = ("127.0.0.0/8",)
) -> Verifier:
    """What a worker verifies with whose APIs name these issuers and no others."""
    networks = tuple(ip_network(each) for each in allow)
    clock = (moving or Moving()).clock()
    remote = RemoteIssuers(Outbound(networks), frozenset(urls).__contains__, clock)
    return Verifier(remote, RevocationSet(lambda: 0), clock)
