"""`$input`, `$util`, `$context` and `$stageVariables` ("Mapping template reference", API Gateway
developer guide)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import orjson

from gateway.mapping import json_path
from gateway.mapping.payloads import Payload
from gateway.mapping.vtl.errors import TemplateError
from gateway.mapping.vtl.limits import STEPS_OF_A_PATTERN, Budget
from gateway.mapping.vtl.values import Namespace
from gateway.mapping.vtl.writing import to_text

NODES_PER_STEP = 8
PARSED_PER_STEP = 64
"""Characters of JSON."""
Parameters = Mapping[str, Mapping[str, str]]
"""`path`, `querystring` and `header`, each by name, in the order in which they are searched."""


def input_variable(payload: Payload, parameters: Parameters) -> Namespace:
    """`$input` of a body and a request's parameters."""

    def path(budget: Budget, expression: Any = "$") -> Any:
        found = _found(payload.working, expression, budget)
        return None if found is json_path.MISSING else found

    def as_json(budget: Budget, expression: Any = "$") -> str:
        found = _found(payload.pristine, expression, budget)
        if found is json_path.MISSING:
            return '""'
        text = orjson.dumps(found).decode()
        budget.make(len(text))
        return text

    def params(_budget: Budget, name: Any = None) -> Any:
        if name is None:
            return parameters
        places = (parameters[place] for place in ("path", "querystring", "header"))
        return next((each[key] for each in places for key in _keys(each, name)), "")

    functions = {"path": path, "json": as_json, "params": params}
    return Namespace({"body": payload.text or "{}"}, {k: _safe(v) for k, v in functions.items()})


def _keys(values: Mapping[str, str], name: Any) -> list[str]:
    """The name as a map keeps it, where it is in it."""
    spelled = getattr(values, "spelled", str)(name) if isinstance(name, str) else ""
    return [spelled] if spelled in values else []


def _found(document: Any, expression: Any, budget: Budget) -> Any:
    if not isinstance(expression, str):
        return json_path.MISSING
    budget.step(1 + len(expression) // 4 + (STEPS_OF_A_PATTERN if "=~" in expression else 0))
    try:
        return json_path.find(
            document, expression, lambda nodes: budget.step(1 + nodes // NODES_PER_STEP)
        )
    except (json_path.InvalidPath, json_path.TooManyNodes) as error:
        # Not its text: it may have come with the request, and the operator's log tells of this.
        raise TemplateError(f"a JSON path in the template: {error}") from None


def _safe(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that has no value for a number of arguments that it does not take."""

    def call(budget: Budget, *arguments: Any) -> Any:
        budget.step()
        return None if len(arguments) > 1 else function(budget, *arguments)

    return call


def _of_text(
    function: Callable[[str], Any], steps: Callable[[str], int] = lambda _text: 0
) -> Callable[..., Any]:
    """A function of one text; other values are written as text first. `steps` are those that it
    takes beyond what its text's length costs."""

    def call(budget: Budget, *arguments: Any) -> Any:
        if len(arguments) != 1 or arguments[0] is None:
            return None
        text = to_text(arguments[0], budget)
        budget.make(len(text))
        budget.step(steps(text))
        found = function(text)
        budget.make(len(found) if isinstance(found, str) else 0)
        return found

    return call


# The backslash first, which the others are escaped with.
_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "'": "\\'",
    "/": "\\/",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
_BY_CODE = re.compile(r"[\x00-\x1f]|[^\x00-\x7f]")
_BY_CODE_PER_STEP = 2


def escape_java_script(text: str) -> str:
    """Text as it may stand in a JavaScript string; a single quote becomes `\\'`."""

    def by_code(found: re.Match[str]) -> str:
        units = found[0].encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2))

    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return _BY_CODE.sub(by_code, text)


def _steps_by_code(text: str) -> int:
    """What is escaped by its code takes far longer than other text."""
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    controls = sum(text.count(chr(code)) for code in range(32))
    return (beyond_ascii + controls) // _BY_CODE_PER_STEP


def _parse_json(budget: Budget, *arguments: Any) -> Any:
    """A JSON text's value; what is no JSON has none."""
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        return None
    budget.step(1 + len(arguments[0]) // PARSED_PER_STEP)
    return Payload(arguments[0].encode("utf-8", "replace")).document_or_none()


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode(text.encode("ascii", "replace"), validate=True).decode(
            "utf-8", "replace"
        )
    except (binascii.Error, ValueError):
        return None


UTIL = Namespace(
    functions={
        "escapeJavaScript": _of_text(escape_java_script, _steps_by_code),
        "parseJson": _parse_json,
        # Java's URLEncoder: a space is a plus, and `*` stays as it is.
        "urlEncode": _of_text(
            lambda text: quote_plus(text.encode("utf-8", "replace"), safe="*").replace("~", "%7E")
        ),
        "urlDecode": _of_text(lambda text: unquote_plus(text, errors="replace")),
        "base64Encode": _of_text(
            lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode()
        ),
        "base64Decode": _of_text(_decoded),
    }
)
