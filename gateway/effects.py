"""What handlers ask of the driver, as values: the chain itself does no I/O.

A handler that asks is a generator: it yields an effect and is sent the answer.

    def authorize(context: Routed) -> Steps:
        answer = yield VerifyToken(token, issuer)

Each class says with what it is answered. Failures are answers too, never exceptions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gateway.integrations.message import UpstreamRequest
from kernel.values import value

if TYPE_CHECKING:
    from gateway.context import Request


@value
class VerifyToken:
    """Is the token good, and of this issuer? Answered with its claims or an `InvalidToken`."""

    token: str
    issuer: str


@value
class VerifyProof:
    """Is the DPoP proof good for this request and token, of the key with this thumbprint, and sent
    for the first time? Answered with the thumbprint or an `InvalidToken`."""

    proof: str
    method: str
    uri: str
    host: str
    """The Host header's value; a proof for another server must not be good here because it says
    so."""
    is_own_host: bool
    """It is known to be a domain of the gateway."""
    token: str
    thumbprint: str


@value
class TakeToken:
    """Take a token of a bucket. Answered with whether there was one."""

    bucket: str
    rate: float
    burst: int


@value
class ReadBody:
    """Read the request's whole body. Answered with bytes, or the `Reply` that refuses it."""


@value
class CallFunction:
    """Call a function. Answered with a `FunctionReply`."""

    function: str
    """Its name or ARN, qualifiers too; an integration's URI is read by its caller."""
    event: Any
    """A JSON value."""
    timeout: float
    """Seconds."""
    is_event: bool = False
    """Whether nobody waits for the answer (`X-Amz-Invocation-Type: Event`)."""
    streams: bool = False
    """Whether the answer comes in pieces: then `payload` is a `FunctionStream`."""
    authorizes: bool = False
    """Whether nobody knows yet who calls: such calls have places of their own."""


@value
class FunctionReply:
    """What a function answered, or why it did not.

    `payload` is the JSON value that it returned. `error` is empty or one of `missing`,
    `timed out`, `failed`, in which last case `payload` holds AWS's `errorMessage` and `errorType`.
    One that was not asked, because no place for the call was free, has timed out with status 429.
    """

    payload: Any
    error: str = ""
    status: int = 200
    seconds: float = 0.0
    request_id: str = ""
    """Of the call, where it has succeeded: what the function's own context calls it."""


@value
class FunctionStream:
    """An answer that comes in pieces (API Gateway developer guide, "Set up a Lambda proxy
    integration with payload response streaming")."""

    metadata: bytes
    """What came before eight null bytes: JSON."""
    pieces: Iterable[bytes]
    """The body as it comes. Has a `close`, and raises `UpstreamBroken`."""


@value
class Send:
    """Send a request with its whole body upstream. Answered with a `Sent`, or with the failure that
    `gateway.integrations.failures` turns into a reply."""

    request: UpstreamRequest
    body: bytes
    most: int = 10 * 1024 * 1024
    """Bytes that the reply's body may have."""


@value
class Sent:
    """An upstream's reply, read whole."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float


@value
class CallService:
    """Call an AWS-compatible service, signed with the operator's key.

    Answered with a `Sent`, one of `gateway.integrations.failures.FAILURES`, or the `Refusal` that
    says why this service is not called for this account.
    """

    service: str
    """As URIs of integrations name it: `sqs`, `states`, `runtime.sagemaker`."""
    region: str
    account: str
    """Whose API calls."""
    method: str
    path: str
    """Percent-encoded."""
    query: str
    headers: tuple[tuple[str, str], ...]
    """By lower-case name; host, framing and signature are added."""
    body: bytes
    timeout: float
    """Seconds."""


@value
class VerifySignature:
    """Who signed this request with SigV4? Answered with a `Signer` or a `Refusal`."""

    request: Request
    body: bytes


@value
class Signer:
    """The caller of a signed request."""

    account: str
    access_key_id: str
    arn: str
    is_unrestricted: bool = False
    """No policy applies: any key in `--dev`."""


@value
class Refusal:
    """Why a request was not taken: AWS's error code and message."""

    code: str
    message: str


@value
class Permit:
    """What do the signer's own policies say of this? Answered with a `Decision`."""

    signer: Signer
    action: str
    resource: str
    conditions: Mapping[str, str]


@value
class Recall:
    """What was kept under a key? Answered with bytes or None. For small values, such as the
    answers of authorizers; each worker keeps its own."""

    key: str


@value
class Keep:
    """Keep a value under a key for some seconds. Answered with None."""

    key: str
    content: bytes
    seconds: float


@value
class FingerprintKey:
    """Under which fingerprint is this API key known? Answered with text."""

    value: str


@value
class Entry:
    """A reply that is kept. Times are seconds since the epoch."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    kept_at: float
    fresh_until: float


@value
class FindCached:
    """Find a kept reply. Answered with a `Cached`.

    Where there is no fresh one, one request at a time is answered at once, to fill it; others wait
    up to `patience` seconds for what it fills in.
    """

    key: str
    api_id: str
    stage: str
    request_id: str
    now: float
    patience: float
    encrypted: bool


@value
class Cached:
    """What was found: a fresh entry, one that has expired, or none."""

    entry: Entry | None
    is_fresh: bool = False


@value
class KeepCached:
    """Keep a reply under a key for some seconds. Answered with None."""

    key: str
    entry: Entry
    seconds: float
    encrypted: bool


@value
class Compress:
    """Compress a body. Answered with the bytes of it in the coding."""

    body: bytes
    coding: str


@value
class Decompress:
    """Take a body out of its coding. Answered with the bytes, or the `Reply` that refuses it."""

    body: bytes
    coding: str


@value
class SpendQuota:
    """Count one request against a usage plan's quota. Answered with whether it was within it, or
    None where nobody can count it now."""

    plan_id: str
    key_id: str
    limit: int
    period: str
    """DAY, WEEK or MONTH."""
    offset: int
    """The day on which the period starts; see `gateway.quota_periods`."""


Effect = (
    VerifyToken
    | VerifyProof
    | TakeToken
    | ReadBody
    | CallFunction
    | Send
    | CallService
    | VerifySignature
    | Permit
    | Recall
    | Keep
    | FingerprintKey
    | SpendQuota
    | FindCached
    | KeepCached
    | Compress
    | Decompress
)
