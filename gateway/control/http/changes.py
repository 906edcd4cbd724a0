"""How an operation changes an HTTP API, after `gateway.control.changes`.

@changes_definition(family, "CreateRoute")
def create_route(session: Session, call: Call, api: Api, request: Input) -> Output: ...
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from gateway.control.changes import changes
from gateway.control.http.deploying import deploy_automatically
from gateway.control.models import Api
from gateway.control.repository import find_api
from kernel.aws.operations import Call, Input, OperationFamily, Output

ApiChange = Callable[[Session, Call, Api, Input], Output | None]


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
