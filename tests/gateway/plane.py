"""A data plane whose snapshot the test writes: chains on any route, without a control plane."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from gateway.addresses import PoolgateAddresses, is_below
from gateway.effects import Send, TakeToken, VerifyProof, VerifyToken
from gateway.integrations.pool import UpstreamPool
from gateway.performers import Performers
from gateway.performers.tokens import proving, taking, verifying
from gateway.performers.upstreams import sending
from gateway.room import Room
from gateway.snapshot import (
    Api,
    IntegrationResponse,
    RestIntegration,
    RestSettings,
    Route,
    Snapshot,
    SnapshotHolder,
    Stage,
)
from gateway.wsgi import DataPlane
from kernel.clock import Clock
from kernel.outbound import AddressGuard
from kernel.shared_state.in_process import InProcess
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.verification import Verifier

API_ID = "abc123"
ACCOUNT = "000000000000"
API_HOST = f"{API_ID}.execute-api.localhost"
HOST = {"Host": API_HOST}
"""The header of requests to the plane's API."""

MOCK = RestIntegration(
    "MOCK",
    request_templates={"application/json": '{"statusCode": 200}'},
    responses=(IntegrationResponse("200"),),
)
"""Answers 200 to whatever comes."""


def _own_app(environ, start_response):
    start_response("200 OK", [("Content-Length", "3")])
    return [b"own"]


class Plane:
    """`performers` are those of further effects, by their class."""

    def __init__(
        self,
        tokens,
        trusted: bool = True,
        performers: Mapping[type[Any], Callable[[Any], Any]] | None = None,
        on_end: Iterable[Callable[[str], None]] = (),
        record: Callable[..., None] | None = None,
        pool: UpstreamPool | None = None,
        tracer: Any = None,
        now: Callable[[], float] = time.time,
        fail: Callable[..., None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.holder = SnapshotHolder()
        self.room = Room()
        self.revocations = RevocationSet(lambda: 0)
        self.pool = pool or UpstreamPool(AddressGuard(), trusted=trusted)
        self.lines: list[tuple[str, str]] = []
        verifier = Verifier(tokens.issuers(), self.revocations)
        self.app = DataPlane(
            self.holder,
            PoolgateAddresses(path_addresses=True),
            Performers(
                {
                    VerifyToken: verifying(verifier),
                    VerifyProof: proving(
                        InProcess(), clock or Clock(), partial(is_below, "localhost")
                    ),
                    TakeToken: taking(InProcess()),
                    Send: sending(self.pool),
                    **(performers or {}),
                },
                on_end,
            ),
            self.pool,
            lambda destination, line: self.lines.append((destination, line)),
            now,
            record=record,
            tracer=tracer,
            fail=fail,
            room=self.room,
        ).in_front_of(_own_app)

    def show(self, *routes: Route, stage: str = "$default", **options) -> None:
        """Serve the routes as an HTTP API."""
        served = Stage(stage, routes, **options)
        api = Api(API_ID, "pets", {stage: served}, account=ACCOUNT, region="us-east-1")
        self.holder.swap(Snapshot.of([api]))

    def show_rest(
        self, *routes: Route, stage: str = "prod", rest: RestSettings | None = None, **options
    ) -> None:
        """Serve the routes as a REST API, under `/prod`."""
        served = Stage(stage, routes, rest=rest or RestSettings(), **options)
        api = Api(API_ID, "pets", {stage: served}, "REST", account=ACCOUNT, region="us-east-1")
        self.holder.swap(Snapshot.of([api]))
