"""What only REST APIs have: their methods, and what a deployment captures of the API itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.schemas import Schema


@dataclass(frozen=True)
class MethodResponse:
    """A reply that a method of a REST API declares."""

    parameters: Mapping[str, bool] = field(default_factory=dict)
    """`method.response.header.NAME` of each header that the reply may have."""
    models: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RestMethod:
    """What a method of a REST API has besides a route."""

    resource_id: str
    validates_parameters: bool = False
    validates_body: bool = False
    request_parameters: Mapping[str, bool] = field(default_factory=dict)
    """Of `method.request.{path,querystring,header}.NAME`: whether it is required."""
    request_models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By content type, the parsed JSON schema."""
    responses: Mapping[str, MethodResponse] = field(default_factory=dict)
    """By status code."""
    schemas: dict[str, Schema] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The request models' checks by content type, compiled when they are first needed."""


@dataclass(frozen=True)
class GatewayResponse:
    """How a refusal of a REST API's gateway is told."""

    status: str | None = None
    """None keeps the refusal's own."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """`gatewayresponse.header.NAME` and the expression of its value."""
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RestSettings:
    """What a deployment of a REST API captures about the API itself, and its stage adds."""

    binary_media_types: tuple[str, ...] = ()
    minimum_compression_size: int | None = None
    """Bytes; None compresses nothing."""
    api_key_source: str = "HEADER"
    """HEADER or AUTHORIZER."""
    policy: str = ""
    """The resource policy as JSON; empty for none."""
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    """By type, those that were set."""
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Parsed JSON schemas by name, for `$ref` between them."""
    tracing: bool = False
    client_certificate_id: str = ""
