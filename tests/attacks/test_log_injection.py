"""What a client sends cannot forge a line of the log, or steer the terminal that shows it."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from tests.servers.poolgate_server import Poolgate

# Each ends a line, clears the screen, or sets the window's title, for some terminal.
TARGETS = (
    b"/%0a2026-01-01T00:00:00Z%20[info]%20forged",
    b"/%0d[info]forged",
    b"/%1b[2J%1b]0;owned%07",
    b"/%c2%9b2J",
    b"/%e2%80%aeforged",
)


def send(server: Poolgate, target: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        agent = b"User-Agent: \xc2\x9b2J\x9b2J\xe2\x80\xae\r\nConnection: close\r\n\r\n"
        connection.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n" % target + agent)
        while connection.recv(65_536):
            pass


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_request_is_one_line_without_control_characters(
    start_poolgate: Callable[..., Poolgate], log_format: str
) -> None:
    server = start_poolgate(log_format=log_format)
    before = len(server.log.read_bytes().split(b"\n"))
    for target in TARGETS:
        send(server, target)
    server.stop()
    log = server.log.read_bytes()
    lines = log.split(b"\n")[before - 1 :]
    mark = b" ms" if log_format == "console" else b'"path":'
    assert sum(mark in line for line in lines) >= len(TARGETS)
    assert not any(line.startswith((b"2026-01-01", b"[info]")) for line in lines)
    # The terminal reads C1 controls and marks of direction in their UTF-8 form too.
    for control in (b"\x1b", b"\x07", b"\r"):
        assert control not in log
    if log_format == "console":
        assert b"\xc2\x9b" not in log
        assert b"\xe2\x80\xae" not in log
