"""What the gateway adds to the slowest calls of a hundred, beside nginx at the same pace."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from bench.conversations import proxied
from bench.load import drive
from bench.measurement import Contestant, Measurement, Target
from bench.pace import delays
from bench.stage import CONNECTIONS, Stage
from tests.servers.application import Person

LOAD = 0.6
"""Of what the gateway can do."""


def measure(stage: Stage) -> Measurement:
    nginx = stage.nginx
    api = urlsplit(stage.application.protected_api(f"http://127.0.0.1:{stage.upstream.port}"))
    person = Person(stage.client.usernames[0], "", stage.client.password)
    token = stage.application.sign_in(person)["AccessToken"]
    ours, theirs = proxied("/hello", api.netloc, token), proxied("/hello", nginx.host, token)

    def most(seconds: float) -> float:
        begin = time.perf_counter()
        done = drive(stage.server.port, ours, connections=CONNECTIONS, seconds=seconds)
        return done / (time.perf_counter() - begin)

    most(1)
    pace = LOAD * most(2)
    # So many connections to the backend as an open loop needs are opened beforehand.
    delays(stage.server.port, ours, rate=pace / 2, seconds=1)

    def run(seconds: float) -> float:
        behind_nginx = delays(nginx.port, theirs, rate=pace, seconds=seconds)
        behind_us = delays(stage.server.port, ours, rate=pace, seconds=seconds)
        return 1000 * (_p99(behind_us) - _p99(behind_nginx))

    title = f"blueprint: added p99 against nginx, {pace:,.0f}/s"
    poolgate = Contestant("Poolgate", run, Target(3, 1.5))
    return Measurement(title, "ms", poolgate, less_is_better=True)


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]
