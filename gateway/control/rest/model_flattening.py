"""A model with the models that it refers to inside of it: `GetModel` with `flatten`. Pure."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from gateway.control.rest.draft_4 import nodes
from gateway.control.rest.model_schemas import Schema, referenced_model, references

MOST_MODELS = 100


def flattened(schema: Schema, find: Callable[[str], Schema]) -> Schema:
    """The schema with each model it needs, also through others, among its `definitions`.

    References lead there afterwards. `find` gives a model's schema by its name; one that does not
    exist any more allows anything.
    """
    needed = referred_to(schema, find)
    flat = _relocated(schema, "#")
    if needed:
        own = flat.get("definitions")
        inner = {
            name: _relocated(each, f"#/definitions/{name}") for name, each in sorted(needed.items())
        }
        flat["definitions"] = {**(own if isinstance(own, dict) else {}), **inner}
    return flat


def referred_to(schema: Schema, find: Callable[[str], Schema]) -> dict[str, Schema]:
    """The models that a schema needs, also through others, by name; at most `MOST_MODELS`."""
    found: dict[str, Schema] = {}
    waiting = list(references(schema))
    while waiting and len(found) < MOST_MODELS:
        name = waiting.pop()
        if name not in found:
            found[name] = find(name)
            waiting.extend(references(found[name]))
    return found


def _relocated(schema: Schema, root: str) -> dict[str, Any]:
    """A copy whose references hold where the schema's own root is found under `root`."""
    flat = copy.deepcopy(schema)
    for node in nodes(flat):
        reference = node.get("$ref")
        if not isinstance(reference, str) or not isinstance(node, dict):
            continue
        name = referenced_model(reference)
        if name is not None:
            node["$ref"] = f"#/definitions/{name}"
        elif reference.startswith("#"):
            node["$ref"] = root + reference[1:]
    return flat
