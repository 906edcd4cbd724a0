"""AWS with a service: a REST API's method calls a path or an action of an AWS-compatible service.

The service gets what is mapped and nothing else of the client's; its answer goes through the
integration responses as any backend's does.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, quote

from gateway.context import Headers, Integrated, Mapped, Reply, Result, Steps, grown
from gateway.effects import CallService, Refusal, Sent
from gateway.header_rules import FRAMING
from gateway.integrations.failures import reply_to
from gateway.integrations.function_uri import with_variables
from gateway.integrations.message import WITHOUT_CONTENT
from gateway.integrations.service_actions import ACTIONS, FORM, Json, encoded
from gateway.integrations.service_uri import (
    InvalidServiceUri,
    ServiceUri,
    UnusableValue,
    parse,
    path_of,
    query_of,
)
from gateway.replies import BAD_PARAMETERS, INTERNAL_SERVER_ERROR, with_error
from gateway.snapshot import RestIntegration

MOST_PARAMETERS = 1_000
_OURS = FRAMING | {
    "authorization",
    "host",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
}
"""What only whoever signs and sends may say."""


def integrate(context: Mapped) -> Steps:
    """Call the service and take its answer whole."""
    target = context.route.target
    if not isinstance(target, RestIntegration):
        return INTERNAL_SERVER_ERROR
    try:
        call = _call(context, target)
    except InvalidServiceUri as error:
        return with_error(INTERNAL_SERVER_ERROR, str(error))
    except UnusableValue as error:
        return with_error(BAD_PARAMETERS, str(error))
    answer = yield call
    if isinstance(answer, Sent):
        result = Result(answer.status, answer.headers, answer.body, seconds=answer.seconds)
        return grown(Integrated, context, result=result)
    return refused(answer)


def refused(answer: Refusal | Exception) -> Reply:
    """What a client is told where the service was not called, or did not answer."""
    if isinstance(answer, Refusal):
        return with_error(INTERNAL_SERVER_ERROR, answer.message)
    return reply_to(answer)


def _call(context: Mapped, target: RestIntegration) -> CallService:
    uri = parse(with_variables(target.uri, context.stage.variables))
    return _action(context, target, uri) if uri.is_action else _path(context, target, uri)


def _path(context: Mapped, target: RestIntegration, uri: ServiceUri) -> CallService:
    outgoing = context.outgoing
    path, _, own_query = uri.rest.partition("?")
    queries = (query_of(own_query, outgoing.path), encoded(outgoing.query))
    return CallService(
        service=uri.service,
        region=uri.region,
        account=context.api.account,
        method=_method(context, target),
        path=path_of(path, outgoing.path, decodes=uri.service == "s3"),
        query="&".join(filter(None, queries)),
        headers=_headers(context, {"content-type": _content_type(context)}),
        body=_body(context, target),
        timeout=target.timeout_ms / 1000,
    )


def _action(context: Mapped, target: RestIntegration, uri: ServiceUri) -> CallService:
    protocol = ACTIONS.get(uri.service)
    if protocol is None:
        raise InvalidServiceUri(f"actions of {uri.service} are called by its path form")
    action, _, parameters = uri.rest.partition("&")
    own = query_of(parameters, context.outgoing.path)
    if isinstance(protocol, Json):
        return _json_action(context, target, uri, protocol, action)
    pairs = (
        ("Action", action),
        ("Version", protocol.version),
        *parse_qsl(own, keep_blank_values=True, encoding="latin-1"),
        *context.outgoing.query,
    )
    return _query_action(context, target, uri, pairs)


def _json_action(
    context: Mapped, target: RestIntegration, uri: ServiceUri, protocol: Json, action: str
) -> CallService:
    added = {
        "content-type": f"application/x-amz-json-{protocol.version}",
        "x-amz-target": f"{protocol.target}.{quote(action, safe='')}",
    }
    headers = [pair for pair in _headers(context, {}) if pair[0] not in added]
    return CallService(
        service=uri.service,
        region=uri.region,
        account=context.api.account,
        method="POST",
        path="/",
        query="",
        headers=(*headers, *added.items()),
        body=context.outgoing.body or b"{}",
        timeout=target.timeout_ms / 1000,
    )


def _query_action(
    context: Mapped, target: RestIntegration, uri: ServiceUri, pairs: Headers
) -> CallService:
    """GET has the parameters in its query, any other method in a form, with those of a form that
    the template made."""
    method = _method(context, target)
    is_form = method not in WITHOUT_CONTENT
    mapped = _headers(context, {})
    if is_form and dict(mapped).get("content-type", "").startswith(FORM):
        pairs = (*pairs, *_form_besides(pairs, context.outgoing.body))
    parameters = encoded(pairs)
    headers = tuple(pair for pair in mapped if pair[0] != "content-type")
    return CallService(
        service=uri.service,
        region=uri.region,
        account=context.api.account,
        method=method,
        path="/",
        query="" if is_form else parameters,
        headers=(*headers, ("content-type", FORM)) if is_form else headers,
        body=parameters.encode() if is_form else b"",
        timeout=target.timeout_ms / 1000,
    )


def _form_besides(pairs: Headers, body: bytes) -> Iterator[tuple[str, str]]:
    """What a form says of parameters that nobody has set: the body may be the client's own, and
    of an `Action` that comes twice a service may take either. Raises `UnusableValue`."""
    known = {name for name, _ in pairs}
    try:
        found = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:
        raise UnusableValue(f"a form of more than {MOST_PARAMETERS} parameters") from None
    yield from (pair for pair in found if pair[0] not in known)


def _method(context: Mapped, target: RestIntegration) -> str:
    return context.request.method if target.method in {"", "ANY"} else target.method


def _body(context: Mapped, target: RestIntegration) -> bytes:
    return b"" if _method(context, target) in WITHOUT_CONTENT else context.outgoing.body


def _content_type(context: Mapped) -> str:
    return context.request.headers.get("content-type") or "application/json"


def _headers(context: Mapped, own: dict[str, str]) -> Headers:
    """The mapped headers by lower-case name, one value each, over some of the gateway's."""
    headers = {
        "accept": "application/json",
        "user-agent": f"AmazonAPIGateway_{context.api.api_id}",
        "x-amzn-apigateway-api-id": context.api.api_id,
        **own,
    }
    headers |= {name.lower(): value for name, value in context.outgoing.headers}
    return tuple(pair for pair in headers.items() if pair[0] not in _OURS)
