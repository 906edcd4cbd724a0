"""A request that asks for a WebSocket cannot make a worker wait for a body that never ends."""

from __future__ import annotations

import socket

import pytest

from tests.servers.poolgate_server import Poolgate

UPGRADE = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
OPERATION = b"X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\n"


@pytest.mark.parametrize("target", [b"/", b"/?Action=GetCallerIdentity", b"/oauth2/userInfo"])
def test_an_upgrade_that_no_websocket_answers_is_refused_at_once(
    poolgate_server: Poolgate, target: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", poolgate_server.port), timeout=5) as connection:
        connection.sendall(UPGRADE % target + OPERATION + b"\r\n")
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 4")


def test_a_body_before_the_upgrade_is_a_body(poolgate_server: Poolgate) -> None:
    with socket.create_connection(("127.0.0.1", poolgate_server.port), timeout=5) as connection:
        hidden = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        length = b"Content-Length: %d\r\n\r\n" % len(hidden)
        connection.sendall(UPGRADE % b"/health" + length + hidden)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert answer.count(b"HTTP/1.1 ") == 1
