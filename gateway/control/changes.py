"""How an operation changes what the gateway serves.

    @changes(family, "DeleteDomainName")
    def delete_domain_name(session: Session, call: Call, request: Input) -> Output: ...

The decorator runs a handler as one unit of work that also counts the change, and tells every
worker after the commit: a worker that reads the new number in the database finds what it names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from gateway.control.documents import require_storable
from gateway.control.versions import CHANNEL, advance
from kernel.aws.operations import Call, Input, OperationFamily, Output

T = TypeVar("T")
Change = Callable[[Session, Call, Input], Output | None]


def changes(family: OperationFamily, name: str) -> Callable[[Change], Change]:
    """Register a handler that changes what is served."""

    def register(handler: Change) -> Change:
        @family.operation(name)
        def run(call: Call, request: Input) -> Output | None:
            require_storable(request)
            return publishing_change(call, handler, call, request)

        return handler

    return register


def publishing_change(call: Call, change: Callable[..., T], *args: Any) -> T:
    """Run a change as one unit of work that is counted, and tell every worker after the commit."""

    def unit(session: Session) -> tuple[T, int]:
        output = change(session, *args)
        session.flush()
        return output, advance(session)

    output, number = call.kernel.database.write(unit)
    call.kernel.shared_state.publish(CHANNEL, str(number).encode())
    return output
