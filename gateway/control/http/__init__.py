"""The control plane of HTTP APIs: the apigatewayv2 operations, and the snapshots they make."""

from __future__ import annotations

from gateway.control.http import (
    apis,
    authorizers,
    cors,
    deployments,
    integrations,
    routes,
    stages,
    tags,
)

FAMILIES = (
    apis.family,
    cors.family,
    routes.family,
    integrations.family,
    authorizers.family,
    stages.family,
    deployments.family,
    tags.family,
)
