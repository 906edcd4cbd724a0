"""What a request grows into on its way through the chain, and what a handler may answer.

Each phase knows more than the one before: a `Received` request, `Located` in an API's stage,
`Routed` to a route, `Identified`, and where the gateway reads what it passes on, `Prepared`,
`Mapped`, `Integrated` and `Answered`. A handler takes the phase it needs and answers with the next
one (go on), a `Reply` (reply now) or `Forward` (send this upstream and stream what comes back). A
handler that needs something done is a generator of effects (`gateway.effects`). Nothing here does
I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import field, fields
from typing import Any, TypeVar

from gateway.effects import Effect, Entry
from gateway.integrations.message import UpstreamRequest
from gateway.paths import Segments, segments
from gateway.route_tree import Match
from gateway.snapshot import DEFAULT_STAGE, Api, ApiKey, PlanOfKey, Route, Snapshot, Stage
from kernel.tls.connection import ClientCertificate
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
    raw_target: str = ""
    """The request target as it was sent, where the server tells it; signatures cover it."""
    field_lines: tuple[str, ...] = ()
    """The header fields as they came, where the server tells them: names in the client's case."""
    received_at: float = 0.0
    """Seconds since the epoch."""
    span: str = ""
    """The `traceparent` of the span that a tracer records of this request, where there is one."""
    client_certificate: ClientCertificate | None = None
    """What the client proved to be by mutual TLS."""


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
    domain: str = ""
    """A custom domain whose routing rules are asked first, about `domain_path`; what they do not
    take goes where the rest of this address says."""
    domain_path: str = ""
    """The canonical path on a custom domain, whole; empty on other hosts."""
    base_path: str = ""
    """What of it a mapping or a rule matched: `v1`, `orders/v2`."""


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
    def is_canary_request(self) -> bool | None:
        """Whether the canary serves it; None where the stage has none. "Present only when you have
        a canary enabled" (developer guide, `$context.isCanaryRequest`)."""
        has_canary = self.stage.is_canary or self.stage.canary is not None
        return self.stage.is_canary if has_canary else None

    @property
    def path_with_stage(self) -> str:
        """The path with its stage, whose name `$default` is not part of it."""
        path = self.address.path
        return path if self.stage.name == DEFAULT_STAGE else f"/{self.stage.name}{path}"

    @property
    def client_path(self) -> str:
        """The path as clients know it: with the stage, and on a custom domain as it was sent."""
        return self.address.domain_path or self.path_with_stage

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
class Caller:
    """Who calls, as `$context.authorizer` and `$context.identity` show it."""

    principal_id: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    """What the authorizer says: a function's `context`, a token's claims."""
    usage_key: str = ""
    """The API key that the authorizer named (`usageIdentifierKey`)."""
    account: str = ""
    access_key: str = ""
    arn: str = ""
    """Of a request signed with SigV4."""
    latency: float | None = None
    """How many seconds an authorizer's function took; 0 where its answer was kept, and None where
    there is none."""
    request_id: str = ""
    """Of the call of that function; empty where its answer was kept."""

    @property
    def user(self) -> str:
        """Who signed: the last part of the ARN; the root user is known by its account."""
        return self.account if self.arn.endswith(":root") else self.arn.rpartition("/")[2]


NOBODY = Caller()


@value
class Identified(Routed):
    """The caller may call. `claims` are empty where no token was asked for."""

    claims: Claims = field(default_factory=dict)
    caller: Caller = NOBODY
    key: ApiKey | None = None
    plan: PlanOfKey | None = None
    """By which `key` opens this stage."""


@value
class Prepared(Identified):
    """The body is read, and valid where a validator was asked."""

    body: bytes = b""
    cache_key: str = ""
    """Under which the reply is to be kept; empty keeps none."""
    stale: Entry | None = None
    """A kept reply that has expired, and may answer where the backend fails."""


@value
class Outgoing:
    """What an integration gets, whatever its type."""

    path: Mapping[str, str] = field(default_factory=dict)
    """Values of the variables in the integration's URI."""
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = ()
    body: bytes = b""
    template_variables: Mapping[str, Any] = field(default_factory=dict)
    """What a template set in `$context.requestOverride` and `$context.responseOverride`."""


@value
class Mapped(Prepared):
    """The request was turned into that of its integration."""

    outgoing: Outgoing = field(default_factory=Outgoing)


@value
class Result:
    """What an integration answered. Times are seconds."""

    status: int
    headers: Headers = ()
    body: bytes | Iterable[bytes] = b""
    error: str = ""
    """A function's error message, by which a REST API selects its response."""
    seconds: float = 0.0


@value
class Integrated(Mapped):
    """The integration has answered."""

    result: Result = field(default_factory=lambda: Result(200))


@value
class Reply:
    """A reply that the gateway makes itself."""

    status: int
    headers: Headers = ()
    body: bytes | Iterable[bytes] = b""
    """Pieces are passed on as they come, and closed where they have a `close`."""
    error: str = ""
    """Why, for the access log: `$context.error.message`."""
    kind: str = ""
    """Of a refusal, its gateway response type, such as `MISSING_AUTHENTICATION_TOKEN`."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What a gateway response may say besides, such as `error.validationErrorString`."""


@value
class Answered(Integrated):
    """The reply is made; it may still be kept."""

    reply: Reply = field(default_factory=lambda: Reply(200))


@value
class Forward:
    """Send a request upstream and pass on what comes back, its status and headers changed by
    `change` where there is one."""

    request: UpstreamRequest
    change: Callable[[int, Headers], tuple[int, Headers]] | None = None


Outcome = Received | Reply | Forward
Steps = Generator[Effect, Any, Outcome]
Handler = Callable[[Any], Outcome | Steps]
"""Takes the phase that the handlers before it have reached."""

Phase = TypeVar("Phase", bound=Received)


def grown(phase: type[Phase], context: Received, **more: Any) -> Phase:
    """The phase that knows `more` than `context`, which is of that phase or of one before it."""
    known = {each.name: getattr(context, each.name) for each in fields(context)}
    return phase(**{**known, **more})
