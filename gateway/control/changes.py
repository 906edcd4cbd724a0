"""How an operation changes what the gateway serves.

    @changes_definition(family, "CreateRoute")
    def create_route(session: Session, call: Call, api: Api, request: Input) -> Output: ...

The decorators run a handler as one unit of work that also counts the change, and tell every
worker after the commit: a worker that reads the new number in the database finds what it names.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from gateway.control.deploying import deploy_automatically
from gateway.control.documents import require_storable
from gateway.control.models import Api
from gateway.control.repository import find_api
from gateway.control.versions import CHANNEL, advance
from kernel.aws.operations import Call, Input, OperationFamily, Output

Change = Callable[[Session, Call, Input], Output | None]
ApiChange = Callable[[Session, Call, Api, Input], Output | None]


def changes(family: OperationFamily, name: str) -> Callable[[Change], Change]:
    """Register a handler that changes what is served."""

    def register(handler: Change) -> Change:
        def unit(session: Session, call: Call, request: Input) -> tuple[Output | None, int]:
            output = handler(session, call, request)
            session.flush()
            return output, advance(session)

        @family.operation(name)
        def run(call: Call, request: Input) -> Output | None:
            require_storable(request)
            output, number = call.kernel.database.write(unit, call, request)
            call.kernel.shared_state.publish(CHANNEL, str(number).encode())
            return output

        return handler

    return register


def changes_api(family: OperationFamily, name: str) -> Callable[[ApiChange], ApiChange]:
    """Register a handler that changes an API, but not what a deployment of it captures."""

    def register(handler: ApiChange) -> ApiChange:
        @changes(family, name)
        def change(session: Session, call: Call, request: Input) -> Output | None:
            api = find_api(session, call, request["ApiId"], lock=True)
            return handler(session, call, api, request)

        return handler

    return register


def changes_definition(family: OperationFamily, name: str) -> Callable[[ApiChange], ApiChange]:
    """Register a handler that changes what deployments capture: stages with AutoDeploy follow."""

    def register(handler: ApiChange) -> ApiChange:
        @changes_api(family, name)
        def change(session: Session, call: Call, api: Api, request: Input) -> Output | None:
            output = handler(session, call, api, request)
            deploy_automatically(session, call, api)
            return output

        return handler

    return register
