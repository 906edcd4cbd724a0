"""Where a route leads: the integrations of both kinds of API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway import quotas

ParameterMappings = Mapping[str, str]
"""From a destination such as `integration.request.header.x` to the expression of its value."""


@dataclass(frozen=True)
class HttpProxyIntegration:
    """Forward to an HTTP endpoint (HTTP_PROXY of an HTTP API)."""

    uri: str
    """May hold path variables `{pet}`, greedy ones as `{proxy}`, and `${stageVariables.name}`."""
    method: str = "ANY"
    """The method that is sent upstream; `ANY` passes on the client's."""
    timeout_ms: int = quotas.HTTP_INTEGRATION_TIMEOUT_MILLISECONDS
    server_name_to_verify: str | None = None
    """The name that the upstream's certificate must carry, where it is not the URI's host."""
    request_parameters: ParameterMappings = field(default_factory=dict)
    """`append:header.x` and the like (developer guide, "Transform API requests and responses")."""
    response_parameters: Mapping[str, ParameterMappings] = field(default_factory=dict)
    """By status code of the upstream's reply."""
    vpc_link: str = ""
    """The id of the VPC link through which the endpoint is reached."""

    @property
    def leads_to_listener(self) -> bool:
        """Whether the URI is the ARN of a load balancer's listener or of a service, so that the
        link's targets get the client's path."""
        return self.uri.startswith("arn:")


@dataclass(frozen=True)
class FunctionIntegration:
    """Call a function (AWS_PROXY of an HTTP API)."""

    function: str
    """Its name or ARN; may hold `${stageVariables.name}`."""
    payload_version: str = "2.0"
    """1.0 or 2.0."""
    timeout_ms: int = quotas.HTTP_INTEGRATION_TIMEOUT_MILLISECONDS


@dataclass(frozen=True)
class ServiceIntegration:
    """Call an operation of an AWS service (AWS_PROXY of an HTTP API with a subtype)."""

    subtype: str
    """Such as `SQS-SendMessage`."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    timeout_ms: int = quotas.HTTP_INTEGRATION_TIMEOUT_MILLISECONDS


@dataclass(frozen=True)
class IntegrationResponse:
    """How a reply of a REST API's integration becomes that of a method."""

    status: str
    selection_pattern: str = ""
    """A regular expression over the reply's status, or a function's error message. Empty: the
    default response."""
    parameters: ParameterMappings = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    content_handling: str = ""


@dataclass(frozen=True)
class RestIntegration:
    """The integration of a REST API's method, by the service model's members."""

    type: str
    """HTTP, HTTP_PROXY, AWS, AWS_PROXY or MOCK."""
    method: str = ""
    """`httpMethod`: what the backend is called with."""
    uri: str = ""
    timeout_ms: int = quotas.INTEGRATION_TIMEOUT_MILLISECONDS
    request_parameters: ParameterMappings = field(default_factory=dict)
    request_templates: Mapping[str, str] = field(default_factory=dict)
    passthrough: str = "WHEN_NO_MATCH"
    content_handling: str = ""
    cache_namespace: str = ""
    cache_key_parameters: tuple[str, ...] = ()
    responses: tuple[IntegrationResponse, ...] = ()
    insecure_skip_verification: bool = False
    vpc_link: str = ""
    streams: bool = False
    """`responseTransferMode` STREAM."""


@dataclass(frozen=True)
class UpstreamGroup:
    """What a VPC link names: the targets of a private backend."""

    id: str
    name: str
    targets: tuple[str, ...]
    """Origins such as `http://10.0.0.5:8080`."""
    health_path: str = ""
    """Asked on every target; empty asks nothing."""
    account: str = ""
    region: str = ""
    """Whose APIs may use it: ids are known to others."""


Integration = HttpProxyIntegration | FunctionIntegration | ServiceIntegration | RestIntegration
