"""How an operation is written: a function of a call and its parsed input that returns its output.

    family = OperationFamily("cognito-idp", errors=ERRORS)

    @family.reads("DescribeUserPool")
    def describe_user_pool(session: Session, call: Call, request: Input) -> Output: ...

    @family.operation("InitiateAuth")
    def initiate_auth(call: Call, request: Input) -> Output: ...

`reads` and `writes` run the whole handler as one unit of work; `operation` leaves the units to
the handler, for flows that wait for triggers, messages or heavy arithmetic in between. Input and
output are Python values by the service model's member names: timestamps are aware datetimes,
blobs are bytes. A domain error is turned into an AWS error by the family's table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:  # the wire itself uses no service, so it starts and is tested without them
    from kernel.runtime import Kernel

Input = dict[str, Any]
Output = dict[str, Any]
Handler = Callable[["Call", Input], Output | None]
H = TypeVar("H", bound=Callable[..., Any])


@dataclass(frozen=True)
class Principal:
    """Who signed a call. `arn` is the caller's, as policies name it."""

    account: str
    access_key_id: str
    arn: str


@dataclass(frozen=True)
class Call:
    """One request to an operation: who asks, from where, and for which account and region."""

    kernel: Kernel = field(repr=False)
    service: str
    operation: str
    account: str
    region: str
    request_id: str
    principal: Principal | None = None
    source_ip: str = ""
    user_agent: str = ""
    base_path: str = ""
    """What stands before `/@connections` in the path, such as `/STAGE`."""


class AwsError(Exception):
    """An error in AWS's form: a code such as ResourceNotFoundException, and a message.

    `status` is the HTTP status where the service model does not give one, `own_status` one that AWS
    answers in place of the model's; `members` are further members of the error's shape.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        own_status: int | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.own_status = own_status
        self.members = dict(members or {})


class CodeAndStatus(NamedTuple):
    """An AWS error code, under another HTTP status than its model's."""

    code: str
    status: int


@dataclass
class OperationFamily:
    """The handlers of some of a service's operations.

    `errors` turns a domain error's class (or a base of it) into an AWS error code; the message is
    the error's own. `configured_only` says of input members, such as `SmsConfiguration` or
    `CustomDomainConfig.CertificateArn`, why nothing acts on them; compatibility.md repeats it.
    """

    service: str
    errors: Mapping[Any, str | CodeAndStatus] = field(default_factory=dict)
    configured_only: Mapping[str, str] = field(default_factory=dict)
    handlers: dict[str, Handler] = field(default_factory=dict)

    def operation(self, name: str) -> Callable[[H], H]:
        """Register a handler that manages its own units of work."""

        def register(handler: H) -> H:
            self._add(name, handler)
            return handler

        return register

    def reads(self, name: str) -> Callable[[H], H]:
        """Register a handler that runs as one reading unit of work."""
        return self._unit(name, lambda call: call.kernel.database.read)

    def looks_up(self, name: str) -> Callable[[H], H]:
        """Register a handler that runs as one look-up of a few rows by key."""
        return self._unit(name, lambda call: call.kernel.database.look_up)

    def writes(self, name: str) -> Callable[[H], H]:
        """Register a handler that runs as one writing unit of work."""
        return self._unit(name, lambda call: call.kernel.database.write)

    def _unit(self, name: str, runner: Callable[[Call], Any]) -> Callable[[H], H]:
        def register(handler: H) -> H:
            self._add(name, lambda call, request: runner(call)(handler, call, request))
            return handler

        return register

    def _add(self, name: str, handler: Handler) -> None:
        if name in self.handlers:
            raise ValueError(f"{self.service} {name} has two handlers")
        self.handlers[name] = handler
