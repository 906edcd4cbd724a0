"""Turn what the integration answered into the reply of the method."""

from __future__ import annotations

from collections.abc import Iterable

from gateway import header_rules
from gateway.context import Answered, Integrated, Reply, grown
from gateway.handlers.map_request import PROXIES, settings_of
from gateway.mapping import media_types
from gateway.mapping.content_handling import NotBase64, convert_response, is_binary
from gateway.mapping.parameters import header_pairs, map_to_response, sendable
from gateway.mapping.payloads import NotJson, Payload
from gateway.mapping.rendering import Overrides, override_values, render, status_override
from gateway.mapping.selection import select
from gateway.mapping.vtl import TemplateError
from gateway.replies import INTERNAL_SERVER_ERROR, with_error
from gateway.rest.remapped_headers import remapped
from gateway.snapshot import IntegrationResponse, RestIntegration

LEAST_STATUS = 200


def map_response(context: Integrated) -> Answered | Reply:
    """The reply by the integration response whose pattern the status, or an error, matches.

    What a proxy integration answered is the reply, but for the headers that the gateway owns; a
    function's is made already.
    """
    if isinstance(context, Answered):
        return context
    target, result = context.route.target, context.result
    if not isinstance(target, RestIntegration):
        return INTERNAL_SERVER_ERROR
    if target.type in PROXIES:
        headers = sendable(remapped(result.headers))
        return _answered(context, Reply(result.status, headers, result.body))
    response = select(target.responses, result)
    if response is None:
        return with_error(INTERNAL_SERVER_ERROR, "no integration response matches the answer")
    try:
        reply = _mapped(context, response)
        if reply.status < LEAST_STATUS:
            return with_error(INTERNAL_SERVER_ERROR, "an interim status is no reply")
        return _answered(context, reply)
    except (NotBase64, NotJson, TemplateError) as error:
        return with_error(INTERNAL_SERVER_ERROR, str(error))


def _answered(context: Integrated, reply: Reply) -> Answered:
    return grown(Answered, context, reply=reply)


def _mapped(context: Integrated, response: IntegrationResponse) -> Reply:
    status = int(response.status)
    overrides: Overrides = context.outgoing.template_variables.get("responseOverride", {})
    own_type = header_rules.first(context.result.headers, "content-type")
    content_type = own_type or media_types.JSON
    body = _whole(context.result.body)
    binary_types = settings_of(context).binary_media_types
    binary = is_binary(content_type, binary_types)
    chosen = _template_type(context, response, own_type)
    if chosen is not None:
        rendered = render(context, response.templates[chosen], Payload(body), overrides)
        body, overrides = rendered.body, rendered.response_override
        content_type, binary = chosen, False
    body = convert_response(
        body,
        response.content_handling,
        binary=binary,
        accepts_binary=_accepts_binary(context, binary_types),
    )
    headers = {"Content-Type": [content_type]}
    for name, values in (
        *map_to_response(context, response.parameters, _declared(context, status)).items(),
        *override_values(overrides, "header").items(),
    ):
        if name.lower() == "content-type":
            name = "Content-Type"
        headers[name] = values
    return Reply(status_override(overrides) or status, tuple(remapped(header_pairs(headers))), body)


def _template_type(
    context: Integrated, response: IntegrationResponse, content_type: str
) -> str | None:
    """The content type of the template: the reply's own, what the client likes, JSON, or the first.
    A MOCK integration's reply has none of its own."""
    templates = response.templates
    if not templates:
        return None
    own = media_types.matching(templates, content_type)
    offered = sorted(templates, key=lambda each: media_types.essence(each) != media_types.JSON)
    accept = context.request.headers.get("accept", "")
    return own or media_types.accepted(offered, accept) or offered[0]


def _declared(context: Integrated, status: int) -> Iterable[str] | None:
    """The headers that the method's response may have; None where nothing says."""
    rest = context.route.rest
    if rest is None:
        return None
    declared = rest.responses.get(str(status))
    return declared.parameters if declared else ()


def _accepts_binary(context: Integrated, binary_types: Iterable[str]) -> bool:
    """ "API Gateway uses the first Accept header from clients to determine if a response should
    return binary media" (developer guide)."""
    first = context.request.headers.get("accept", "").partition(",")[0]
    return bool(first.strip()) and is_binary(first, binary_types)


def _whole(body: bytes | Iterable[bytes]) -> bytes:
    return body if isinstance(body, bytes) else b"".join(body)
