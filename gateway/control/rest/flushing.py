"""FlushStageCache and FlushStageAuthorizersCache: every worker forgets what it keeps of a stage."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control.errors import ERRORS
from gateway.control.repository import find_rest_api
from gateway.control.rest.staging import find_stage
from gateway.flushing import AUTHORIZERS, RESPONSES, flush
from kernel.aws.operations import Call, Input, OperationFamily

family = OperationFamily("apigateway", errors=ERRORS)


@family.operation("FlushStageCache")
def flush_stage_cache(call: Call, request: Input) -> None:
    _publish(call, request, RESPONSES)


@family.operation("FlushStageAuthorizersCache")
def flush_stage_authorizers_cache(call: Call, request: Input) -> None:
    _publish(call, request, AUTHORIZERS)


def _publish(call: Call, request: Input, channel: str) -> None:
    """Tell the workers, this one first. Nothing waits in a unit of work meanwhile."""
    api_id, stage = call.kernel.database.read(_stage_of, call, request)
    flush(call.kernel.shared_state, channel, api_id, stage)


def _stage_of(session: Session, call: Call, request: Input) -> tuple[str, str]:
    api = find_rest_api(session, call, request["restApiId"])
    return api.id, find_stage(session, api, request["stageName"]).id
