"""A call through the gateway's blueprint with an access token that it has not seen lately."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from bench.conversations import proxied
from bench.load import Conversation, drive
from bench.measurement import Contestant, Measurement
from bench.rows.contestants import installed
from bench.stage import CONNECTIONS, Stage, rate
from kernel.tokens.verification import CACHE_SIZE

TOKENS = 3 * CACHE_SIZE
"""Going round, the verifier has forgotten each before it returns."""


def measure(stage: Stage) -> Measurement:
    machine = replace(stage.application, client_id=stage.machine.client_id)
    api = urlsplit(machine.protected_api(f"http://127.0.0.1:{stage.upstream.port}"))
    tokens = _tokens(stage)

    def http_proxy() -> Contestant:
        peer = stage.http_proxy
        calls = proxied("/hello", peer.host, *tokens)
        return Contestant("http-proxy + jose", rate(peer.port, peer.process.pids, calls))

    def nginx() -> Contestant:
        peer = stage.nginx
        calls = proxied("/hello", peer.host, *tokens)
        return Contestant("nginx proxy_pass", rate(peer.port, peer.process.pids, calls))

    others, missing = installed(http_proxy, nginx)
    calls = proxied("/hello", api.netloc, *tokens)
    ours = Contestant("Poolgate", rate(stage.server.port, stage.server_pids, calls))
    return Measurement("blueprint: proxy, fresh JWT", "/CPU s", ours, others, missing)


def _tokens(stage: Stage) -> list[str]:
    """Access tokens of the machine's client, no two alike."""
    wanted = stage.machine.token_request(grant_type="client_credentials", scope="api/read")
    found: list[str] = []

    def grant() -> Conversation:
        answer = yield wanted
        found.append(json.loads(answer.expect(200).body)["access_token"])

    def grants() -> Iterator[Conversation]:
        for _ in range(TOKENS):
            yield grant()

    drive(stage.server.port, grants(), connections=CONNECTIONS, seconds=300)
    return found
