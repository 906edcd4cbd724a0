"""How an operation changes API keys and usage plans: every worker reads all of them again.

@changes_keys(family, "CreateApiKey")
def create_api_key(session: Session, call: Call, request: Input) -> Output: ...
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from gateway.control.changes import Change, changes
from gateway.control.versions import KEYS, advance
from kernel.aws.operations import Call, Input, OperationFamily, Output


def changes_keys(family: OperationFamily, name: str) -> Callable[[Change], Change]:
    """Register a handler that changes which key may call what."""

    def register(handler: Change) -> Change:
        @changes(family, name)
        def change(session: Session, call: Call, request: Input) -> Output | None:
            # Whoever counts first holds the row until the commit: changes of keys and plans wait
            # for each other, so that each sees what the one before it made of quotas and stages.
            advance(session, KEYS)
            return handler(session, call, request)

        return handler

    return register
