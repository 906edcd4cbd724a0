"""AWS_PROXY with a subtype: an HTTP API's route calls one action of a service and passes back what
it answers."""

from __future__ import annotations

from typing import Any

from gateway.context import Identified, Reply, Steps
from gateway.effects import CallService, ReadBody, Sent
from gateway.handlers.finish import map_response
from gateway.integrations.service_rest import refused
from gateway.integrations.service_subtypes import (
    SUBTYPES,
    ServiceRequest,
    Subtype,
    UnusableParameter,
    region_of,
)
from gateway.mapping.payloads import Payload
from gateway.mapping.request_expressions import reads_body, value_of
from gateway.replies import BAD_REQUEST, INTERNAL_SERVER_ERROR, with_error
from gateway.snapshot import ServiceIntegration


def integrate(context: Identified) -> Steps:
    """Call the action with the values that its parameters have for this request."""
    target = context.route.target
    subtype = SUBTYPES.get(target.subtype) if isinstance(target, ServiceIntegration) else None
    if not isinstance(target, ServiceIntegration) or subtype is None:
        return INTERNAL_SERVER_ERROR
    body = b""
    if any(map(reads_body, target.parameters.values())):
        read = yield ReadBody()
        if isinstance(read, Reply):
            return read
        body = read
    try:
        values = _values(context, target, subtype, Payload(body))
        call = _call(context, target, subtype.build(values), values)
    except UnusableParameter as error:
        return with_error(BAD_REQUEST, str(error))
    answer = yield call
    if not isinstance(answer, Sent):
        return refused(answer)
    headers = map_response(context, answer.headers)
    kept = tuple(pair for pair in headers if pair[0] != "content-length")
    return Reply(answer.status, kept, answer.body)


def _values(
    context: Identified, target: ServiceIntegration, subtype: Subtype, payload: Payload
) -> dict[str, Any]:
    """The parameters that have a value. Raises `UnusableParameter` where one is lacking."""
    found = {
        name: value_of(context, expression, payload)
        for name, expression in target.parameters.items()
    }
    values = {name: each for name, each in found.items() if each is not None}
    lacking = [name for name in subtype.required if values.get(name) in (None, "")]
    if lacking:
        raise UnusableParameter(f"the request has no value for {', '.join(lacking)}")
    return values


def _call(
    context: Identified, target: ServiceIntegration, request: ServiceRequest, values: dict[str, Any]
) -> CallService:
    agent = (("user-agent", f"AmazonAPIGateway_{context.api.api_id}"),)
    return CallService(
        service=request.service,
        region=region_of(values, context.api.region),
        account=context.api.account,
        method=request.method,
        path=request.path,
        query=request.query,
        headers=(*agent, *request.headers),
        body=request.body,
        timeout=target.timeout_ms / 1000,
    )
