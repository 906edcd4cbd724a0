"""A call through the gateway's blueprint: a remembered access token, 1 KiB of proxied JSON."""

from __future__ import annotations

from urllib.parse import urlsplit

from bench.conversations import proxied
from bench.measurement import Contestant, Measurement, Target
from bench.rows.contestants import installed
from bench.stage import Stage, rate
from tests.servers.application import Person

CONNECTIONS = 64


def measure(stage: Stage) -> Measurement:
    api = urlsplit(stage.application.protected_api(f"http://127.0.0.1:{stage.upstream.port}"))
    person = Person(stage.client.usernames[0], "", stage.client.password)
    token = stage.application.sign_in(person)["AccessToken"]

    def http_proxy() -> Contestant:
        peer = stage.http_proxy
        calls = proxied("/hello", peer.host, token)
        run = rate(peer.port, peer.process.pids, calls, CONNECTIONS)
        return Contestant("http-proxy + jose", run, Target(0.8, 1.1))

    def nginx() -> Contestant:
        peer = stage.nginx
        calls = proxied("/hello", peer.host, token)
        run = rate(peer.port, peer.process.pids, calls, CONNECTIONS)
        return Contestant("nginx proxy_pass", run)

    others, missing = installed(http_proxy, nginx)
    calls = proxied("/hello", api.netloc, token)
    ours = rate(stage.server.port, stage.server_pids, calls, CONNECTIONS)
    title = "blueprint: proxy, cached JWT"
    return Measurement(title, "/CPU s", Contestant("Poolgate", ours), others, missing)
