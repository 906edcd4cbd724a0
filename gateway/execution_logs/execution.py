"""A request that was answered, as its log is told of it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.context import Received, Reply
from gateway.execution_logs.watching import Asked
from gateway.rest.request_ids import request_id_of
from kernel.values import value


@value
class Execution:
    """A request that was answered."""

    context: Received
    """The furthest phase that it reached."""
    reply: Reply
    asked: Sequence[Asked] = ()

    @property
    def request_id(self) -> str:
        return request_id_of(self.context.request.id)
