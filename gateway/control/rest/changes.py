"""How an operation on a REST API changes it, after `gateway.control.changes`.

    @changes_rest_api(family, "CreateResource")
    def create_resource(session: Session, call: Call, api: Api, request: Input) -> Output: ...

Nothing of a REST API is served before CreateDeployment, so most changes only lock the API.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from gateway.control.changes import changes
from gateway.control.documents import require_storable
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from kernel.aws.operations import Call, Input, OperationFamily, Output

ApiChange = Callable[[Session, Call, Api, Input], Output | None]


def changes_rest_api(family: OperationFamily, name: str) -> Callable[[ApiChange], ApiChange]:
    """Register a handler that changes the working copy of an API, which nobody serves."""

    def register(handler: ApiChange) -> ApiChange:
        @family.writes(name)
        def change(session: Session, call: Call, request: Input) -> Output | None:
            require_storable(request)
            api = find_rest_api(session, call, request["restApiId"], lock=True)
            return handler(session, call, api, request)

        return handler

    return register


def changes_served_rest_api(family: OperationFamily, name: str) -> Callable[[ApiChange], ApiChange]:
    """Register a handler that changes what workers serve, such as a stage."""

    def register(handler: ApiChange) -> ApiChange:
        @changes(family, name)
        def change(session: Session, call: Call, request: Input) -> Output | None:
            api = find_rest_api(session, call, request["restApiId"], lock=True)
            return handler(session, call, api, request)

        return handler

    return register
