"""What a throttle of the stage costs a call that it lets through."""

from __future__ import annotations

from urllib.parse import urlsplit

from bench.conversations import proxied
from bench.measurement import Contestant, Measurement, Target
from bench.stage import Stage, rate
from tests.servers.application import Person

FAST = 1_000_000


def measure(stage: Stage) -> Measurement:
    application = stage.application
    upstream = f"http://127.0.0.1:{stage.upstream.port}"
    free, throttled = (urlsplit(application.protected_api(upstream)) for _ in range(2))
    stage.server.client("apigatewayv2").update_stage(
        ApiId=throttled.netloc.partition(".")[0],
        StageName="$default",
        DefaultRouteSettings={"ThrottlingRateLimit": FAST, "ThrottlingBurstLimit": FAST},
    )
    person = Person(stage.client.usernames[0], "", stage.client.password)
    token = application.sign_in(person)["AccessToken"]
    port, pids = stage.server.port, stage.server_pids
    on = rate(port, pids, proxied("/hello", throttled.netloc, token))
    off = rate(port, pids, proxied("/hello", free.netloc, token))
    return Measurement(
        "blueprint: throttle on",
        "/CPU s",
        Contestant("Poolgate", on),
        [Contestant("throttle off", off, Target(0.95, 0.98))],
    )
