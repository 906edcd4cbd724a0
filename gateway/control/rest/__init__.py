"""The control plane of REST APIs: the apigateway operations."""

from __future__ import annotations

from gateway.control.rest import (
    apis,
    integration_responses,
    integrations,
    method_responses,
    methods,
    resources,
)
from kernel.aws.operations import OperationFamily

FAMILIES: tuple[OperationFamily, ...] = (
    apis.family,
    resources.family,
    methods.family,
    method_responses.family,
    integrations.family,
    integration_responses.family,
)
