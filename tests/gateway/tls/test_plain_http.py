"""The port without TLS: it sends on to https, and answers what ACME asks."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.acme.challenges import PATH, Challenges
from kernel.settings import parse
from kernel.shared_state.in_process import InProcess
from poolgate.plain_http import PlainHttp
from tests.servers.poolgate_server import Poolgate
from tests.servers.run import free_port
from tests.servers.tls_poolgate import Answer, TlsPoolgate, exchange

TOKEN = "t" * 43


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsPoolgate]:
    environment = {"POOLGATE_HTTP_PORT": str(free_port())}
    made = TlsPoolgate(tmp_path_factory.mktemp("plain") / "instance", environment)
    made.start()
    yield made
    made.stop()


def ask(server: Poolgate, host: str, path: str) -> Answer:
    port = int(server.environment["POOLGATE_HTTP_PORT"])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        return exchange(plain, host, path)


@pytest.mark.parametrize("path", ["/", "/a%2Fb?c=d&e", "//evil.example/x", "/health"])
def test_requests_are_sent_on_to_https_as_they_are(server: TlsPoolgate, path: str) -> None:
    for host in ("api.example.com", "api.example.com:80", "localhost"):
        answer = ask(server, host, path)

        assert answer.status == 308
        location = f"https://{host.partition(':')[0]}:{server.port}{path}"
        assert f"\r\nLocation: {location}\r\n" in f"{answer.head}\r\n"


@pytest.mark.parametrize("host", ["evil.example/", "a@b", "a b", "é", ""])
def test_what_is_no_host_is_sent_nowhere(server: TlsPoolgate, host: str) -> None:
    answer = ask(server, host, "/")

    assert answer.status == 400
    assert "Location" not in answer.head


def test_nothing_else_is_served_without_tls(server: TlsPoolgate) -> None:
    assert ask(server, "localhost", f"{PATH}{TOKEN}").status == 404
    assert ask(server, "localhost", "/restapis").status == 308


class TestApplication:
    """Without a server around it."""

    def ask(self, path: str, method: str = "GET", **settings: Any) -> tuple[str, dict[str, str]]:
        values = {
            "http_port": 8081,
            "tls_cert": "/own.crt",
            "tls_key": "/own.key",
            "instance": str(Path("instance").absolute()),
            **settings,
        }
        challenges = Challenges(InProcess())
        challenges.expect(TOKEN, "the answer")
        said: list[Any] = []
        environ = {
            "PATH_INFO": path,
            "RAW_URI": path,
            "HTTP_HOST": "api.example.com",
            "REQUEST_METHOD": method,
        }
        start: Callable[..., None] = lambda *words: said.extend(words)  # noqa: E731
        body = b"".join(PlainHttp(parse(values), challenges.answer)(environ, start))
        return said[0], {**dict(said[1]), "body": body.decode()}

    def test_a_challenge_that_is_expected_is_answered(self) -> None:
        status, answer = self.ask(f"{PATH}{TOKEN}")
        assert (status, answer["body"]) == ("200 OK", "the answer")

    @pytest.mark.parametrize("token", ["", "short", TOKEN + "x", "../" + TOKEN, TOKEN + "/"])
    def test_no_other_token_is(self, token: str) -> None:
        assert self.ask(f"{PATH}{token}")[0].startswith("404")

    def test_nobody_posts_to_a_challenge(self) -> None:
        assert self.ask(f"{PATH}{TOKEN}", "POST")[0].startswith("404")

    @pytest.mark.parametrize(
        ("settings", "port"),
        [
            ({"port": 443}, ""),
            ({"port": 8443}, ":8443"),
            ({"port": 8443, "public_url": "https://id.example.com"}, ""),
            ({"port": 8443, "public_url": "https://id.example.com:444"}, ":444"),
        ],
    )
    def test_the_port_is_the_one_that_clients_reach(
        self, settings: dict[str, Any], port: str
    ) -> None:
        assert self.ask("/x", **settings)[1]["Location"] == f"https://api.example.com{port}/x"


@pytest.mark.parametrize("token", ["", "short", "a" * 15 + "/", "a/../" + TOKEN, "a" * 257])
def test_an_acme_servers_token_cannot_be_a_path(token: str) -> None:
    with pytest.raises(ValueError, match="malformed"):
        Challenges(InProcess()).expect(token, "x")
