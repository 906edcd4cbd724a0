"""Read the body where something needs it, and refuse what is not what the method declares.

"Use request validation for REST APIs" (API Gateway developer guide): required parameters must be
there and not blank; the body must fit the model of its content type, if there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.context import Identified, Prepared, Reply, Steps, grown
from gateway.effects import ReadBody
from gateway.handlers.decompress import decompress
from gateway.mapping import media_types
from gateway.mapping.payloads import NotJson, parse_json
from gateway.mapping.request_values import header_value, path_value, query_value
from gateway.mapping.streaming import passes_body
from gateway.replies import INTERNAL_SERVER_ERROR, message, with_error
from gateway.schemas import InvalidSchema, Schema, TooMuchWork, compile_schema
from gateway.snapshot import RestMethod

INVALID_BODY = message(400, "Invalid request body", kind="BAD_REQUEST_BODY")
ANY_CONTENT_TYPE = "$default"
_READERS: Mapping[str, Callable[[Identified, str], str | None]] = {
    "header": lambda context, name: header_value(context.request, name),
    "path": path_value,
    "querystring": lambda context, name: query_value(context.request, name),
}
"""In the order in which missing parameters are told."""


def validate_request(context: Identified) -> Prepared | Reply | Steps:
    """The request with its body; without, where the body only passes through."""
    method = context.route.rest
    missing = _missing(context, method) if method and method.validates_parameters else []
    if missing:
        text = f"Missing required request parameters: [{', '.join(missing)}]"
        return message(400, text, kind="BAD_REQUEST_PARAMETERS")
    if passes_body(context):
        return grown(Prepared, context)
    return _read(context, method)


def _missing(context: Identified, method: RestMethod) -> list[str]:
    required = [key for key, is_required in method.request_parameters.items() if is_required]
    missing = []
    for place, read in _READERS.items():
        prefix = f"method.request.{place}."
        names = (key.removeprefix(prefix) for key in required if key.startswith(prefix))
        missing += [name for name in names if not (read(context, name) or "").strip()]
    return missing


def _read(context: Identified, method: RestMethod | None) -> Steps:
    sent = yield ReadBody()
    if isinstance(sent, Reply):
        return sent
    plain = yield from decompress(context, sent)
    if isinstance(plain, Reply):
        return plain
    context, body = plain
    refusal = _refusal(context, method, body) if method and method.validates_body else None
    return refusal or grown(Prepared, context, body=body)


def _refusal(context: Identified, method: RestMethod, body: bytes) -> Reply | None:
    try:
        schema = _schema(context, method)
        error = schema.error(parse_json(body)) if schema else None
    except InvalidSchema as invalid:
        return with_error(INTERNAL_SERVER_ERROR, str(invalid))
    except (NotJson, TooMuchWork) as refused:
        error = str(refused)
    return _invalid(error) if error else None


def _invalid(error: str) -> Reply:
    variables = {"error.validationErrorString": f"[{error}]"}
    return replace(INVALID_BODY, error=error, variables=variables)


def _schema(context: Identified, method: RestMethod) -> Schema | None:
    """The checks for the body's content type; None where no model is set for it."""
    content_type = context.request.headers.get("content-type") or media_types.JSON
    chosen = media_types.matching(method.request_models, content_type)
    if chosen is None and ANY_CONTENT_TYPE in method.request_models:
        chosen = ANY_CONTENT_TYPE
    if chosen is None:
        return None
    if chosen not in method.schemas:
        models = context.stage.rest.models if context.stage.rest else {}
        method.schemas[chosen] = compile_schema(method.request_models[chosen], models)
    return method.schemas[chosen]
