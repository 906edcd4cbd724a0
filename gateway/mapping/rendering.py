"""Renders a mapping template for a request or a reply, and takes up what it overrides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from gateway.context import Prepared
from gateway.mapping.context_variables import variables_tree
from gateway.mapping.payloads import Payload
from gateway.mapping.request_values import query_values
from gateway.mapping.template_variables import UTIL, input_variable
from gateway.mapping.vtl import compile_template, evaluate
from gateway.mapping.vtl.limits import Budget
from gateway.mapping.vtl.values import FoldedMap
from gateway.mapping.vtl.writing import to_json
from gateway.mapping.wire_text import text_of, wire_of
from kernel.values import value

Overrides = Mapping[str, Any]


@value
class Rendered:
    """A template's text, and what it set in `$context`."""

    body: bytes
    request_override: Overrides
    response_override: Overrides


def render(
    context: Prepared, template: str, payload: Payload, response_override: Overrides | None = None
) -> Rendered:
    """Raises `TemplateError`, and `NotJson` where the template looks into a body that is none.

    `response_override` is what the request's template set already.
    """
    tree = variables_tree(context)
    overrides = {
        "requestOverride": {"header": {}, "path": {}, "querystring": {}},
        "responseOverride": {"header": {}, **(response_override or {})},
    }
    tree.update(overrides)
    variables = {
        "context": tree,
        "input": input_variable(payload, _parameters(context)),
        "stageVariables": dict(context.stage.variables),
        "util": UTIL,
    }
    text = evaluate(compile_template(template), variables)
    return Rendered(
        text.encode("utf-8", "replace"),
        _map(tree.get("requestOverride")),
        _map(tree.get("responseOverride")),
    )


def override_values(overrides: Overrides, place: str) -> dict[str, list[str]]:
    """What a template set for a place such as `header`, as wire text by name.

    Values that hold each other many times over are larger written than they are: they are written
    within a template's limits. Raises `TemplateLimitExceeded`.
    """
    budget = Budget()
    return {
        str(name): [wire_of(item if isinstance(item, str) else to_json(item, budget))]
        for name, item in _map(overrides.get(place)).items()
        if item is not None
    }


def status_override(overrides: Overrides) -> int | None:
    """The status that a template set; None where it set none, or nonsense."""
    found = overrides.get("status")
    text = str(found) if isinstance(found, (str, int)) else ""
    return (
        int(text)
        if len(text) == 3 and text.isascii() and text.isdigit() and text >= "200"
        else None
    )


def _map(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _parameters(context: Prepared) -> dict[str, Mapping[str, str]]:
    """`$input.params()`."""
    request = context.request
    return {
        "path": {
            name: text_of(unquote(spelled, "latin-1"))
            for name, spelled in context.match.variables.items()
        },
        "querystring": {
            text_of(name): text_of(values[-1])
            for name, values in query_values(request.query).items()
        },
        "header": FoldedMap(
            {name.title(): text_of(content) for name, content in request.headers.items()}
        ),
    }
