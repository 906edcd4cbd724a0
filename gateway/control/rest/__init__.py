"""The control plane of REST APIs: the apigateway operations."""

from __future__ import annotations

from gateway.control.rest import (
    api_models,
    apis,
    authorizers,
    deployments,
    documentation_imports,
    documentation_parts,
    documentation_versions,
    flushing,
    gateway_responses,
    integration_responses,
    integrations,
    method_responses,
    methods,
    request_validators,
    resources,
    stages,
)
from kernel.aws.operations import OperationFamily

FAMILIES: tuple[OperationFamily, ...] = (
    apis.family,
    resources.family,
    methods.family,
    method_responses.family,
    integrations.family,
    integration_responses.family,
    api_models.family,
    request_validators.family,
    gateway_responses.family,
    authorizers.family,
    documentation_parts.family,
    documentation_imports.family,
    documentation_versions.family,
    deployments.family,
    stages.family,
    flushing.family,
)
