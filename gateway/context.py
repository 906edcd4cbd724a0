"""What a request grows into on its way through the chain, and what a handler may answer.

Each phase knows more than the one before: a `Received` request, `Located` in an API's stage,
`Routed` to a route, and `Identified`. A handler takes the phase it needs and answers with the next
one (go on), a `Reply` (reply now), an `Ask` (the driver does something and resumes), or `Forward`
(send this upstream). Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from gateway.integrations.message import UpstreamRequest
from gateway.paths import Segments, segments
from gateway.route_tree import Match
from gateway.snapshot import Api, Route, Snapshot, Stage
from kernel.tokens.errors import InvalidToken
from kernel.tokens.parsing import Claims
from kernel.values import value

Headers = tuple[tuple[str, str], ...]


@value
class Request:
    """An HTTP request without its body. Text is Latin-1, as HTTP/1.1 carries it."""

    id: str
    method: str
    scheme: str
    host: str
    target_bytes: int
    """The length of the request target as it was sent."""
    query: str
    headers: Mapping[str, str]
    """By lower-case name; several of one name are joined, cookies with `; `, others with `,`."""
    client_address: str
    protocol: str = "HTTP/1.1"
    content_length: int | None = None
    """`None` where there is no body, or one whose length is not known beforehand."""
    is_chunked: bool = False


@value
class Address:
    """Where a request's host and path lead to. `stage` is None where nothing was found."""

    api_id: str
    stage: str | None
    path: str
    """The canonical path within the stage."""
    shares_origin: bool = False
    """The address is a path of the main host, where people sign in: our cookies stay out of it,
    and its documents run in a sandbox."""


@value
class Received:
    """A request and its address, at the moment when `snapshot` was the current one."""

    request: Request
    address: Address
    snapshot: Snapshot


@value
class Located(Received):
    """The API and stage are known."""

    api: Api
    stage: Stage

    @property
    def path_segments(self) -> Segments:
        return segments(self.address.path)


@value
class Routed(Located):
    """The route is known, and what its path variables hold."""

    match: Match[Route]

    @property
    def route(self) -> Route:
        return self.match.route


@value
class Identified(Routed):
    """The caller may call. `claims` are empty where the route lets anyone in."""

    claims: Claims = field(default_factory=dict)


@value
class Reply:
    """A reply that the gateway makes itself."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    error: str = ""
    """Why, for the access log: `$context.error.message`."""


@value
class Forward:
    """Send a request upstream and pass on what comes back."""

    request: UpstreamRequest


@value
class VerifyToken:
    """Is the token good, and of this issuer? Answered with its claims or an `InvalidToken`."""

    token: str
    issuer: str


@value
class TakeToken:
    """Take a token of a bucket. Answered with whether there was one."""

    bucket: str
    rate: float
    burst: int


@value
class AskVerification:
    """Verify a token, then resume with the answer."""

    effect: VerifyToken
    resume: Callable[[Claims | InvalidToken], Outcome]


@value
class AskBucket:
    """Take from a bucket, then resume with the answer."""

    effect: TakeToken
    resume: Callable[[bool], Outcome]


Outcome = Received | Reply | Forward | AskVerification | AskBucket
Handler = Callable[[Any], Outcome]
"""Takes the phase that the handlers before it have reached."""
