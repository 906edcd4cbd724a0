"""What a document says of a REST API, by the wire names of apigateway's own requests.

Everything refers to everything else by name: methods name their models, validators and
authorizers, so that the values mean the same for every API that takes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.openapi.faults import Path
from gateway.openapi.parts import Members, Part

__all__ = [
    "EMPTY_MODEL",
    "ERROR_MODEL",
    "MODEL_REFERENCE",
    "Members",
    "Method",
    "Model",
    "Part",
    "RestApi",
    "Text",
]

MODEL_REFERENCE = "#/models/"
EMPTY_MODEL = "Empty"
ERROR_MODEL = "Error"


@dataclass(frozen=True)
class Method:
    """A method of a path. `members` are PutMethod's, `responses` PutMethodResponse's by status."""

    path: str
    verb: str
    members: Members
    authorizer: str = ""
    """The name of the authorizer that it asks."""
    validator: str = ""
    """The name of its request validator."""
    responses: Mapping[str, Members] = field(default_factory=dict)
    integration: Members | None = None
    """PutIntegration's members, whose `httpMethod` is the backend's."""
    integration_responses: Mapping[str, Members] = field(default_factory=dict)
    """PutIntegrationResponse's members by status."""
    where: Path = field(default=(), compare=False)


@dataclass(frozen=True)
class Model:
    """A schema that methods name, whose references to other models are `#/models/NAME`."""

    schema: Any
    content_type: str = "application/json"
    description: str = ""
    where: Path = field(default=(), compare=False)


@dataclass(frozen=True)
class Text:
    """A documentation part: where it belongs, and what it says there."""

    location: Mapping[str, str]
    properties: Members
    where: Path = field(default=(), compare=False)

    @property
    def key(self) -> str:
        return json.dumps(self.location, sort_keys=True)


@dataclass(frozen=True)
class RestApi:
    """A whole API. `api` holds CreateRestApi's members, and nothing that was not said."""

    api: Members
    paths: tuple[str, ...] = ()
    methods: tuple[Method, ...] = ()
    models: Mapping[str, Model] = field(default_factory=dict)
    authorizers: Mapping[str, Part] = field(default_factory=dict)
    validators: Mapping[str, Part] = field(default_factory=dict)
    gateway_responses: Mapping[str, Part] = field(default_factory=dict)
    documentation: tuple[Text, ...] = ()
