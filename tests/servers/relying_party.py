"""A relying party over HTTP that takes logout tokens, and checks them with PyJWT."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt

EVENT = "http://schemas.openid.net/event/backchannel-logout"


class RelyingParty:
    """What arrived at `url`. `answers` are the statuses to give, the last one for ever."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/backchannel"
        self.answers = [200]
        self.wait = 0.0
        self.tokens: list[str] = []
        self.content_types: list[str] = []

    def take(self, body: str, content_type: str) -> int:
        self.tokens += parse_qs(body)["logout_token"]
        self.content_types.append(content_type)
        time.sleep(self.wait)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def wait_for(self, number: int, seconds: float = 15) -> list[str]:
        deadline = time.monotonic() + seconds
        while len(self.tokens) < number:
            assert time.monotonic() < deadline, f"{len(self.tokens)} of {number} tokens"
            time.sleep(0.02)
        return self.tokens


def verified(
    token: str, keys: dict[str, Any], issuer: str, client_id: str, *, times: bool = True
) -> dict[str, Any]:
    """The claims of a logout token, checked as Back-Channel Logout 1.0 §2.6 says."""
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "logout+jwt"
    (key,) = [each for each in keys["keys"] if each["kid"] == header["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token,
        jwt.PyJWK(key),
        algorithms=[key["alg"]],
        audience=client_id,
        issuer=issuer,
        options={
            "require": ["iss", "aud", "iat", "exp", "jti", "events"],
            "verify_exp": times,
            "verify_iat": times,
        },
    )
    assert claims["events"] == {EVENT: {}}
    assert "nonce" not in claims
    assert claims["exp"] - claims["iat"] <= 120
    return claims


@contextmanager
def listening() -> Iterator[RelyingParty]:
    """One on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = party.take(body, self.headers["Content-Type"])
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Location", party.url)
            self.end_headers()
            self.wfile.write(json.dumps({}).encode())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        party = RelyingParty(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield party
        server.shutdown()
        thread.join()
