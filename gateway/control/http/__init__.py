"""The control plane of HTTP APIs: the apigatewayv2 operations, and the snapshots they make."""

from __future__ import annotations

from gateway.control.http import (
    api_mappings,
    apis,
    authorizers,
    cors,
    deployments,
    domain_names,
    imports,
    integrations,
    routes,
    routing_rules,
    stages,
    tags,
    vpc_links,
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
    imports.family,
    domain_names.family,
    api_mappings.family,
    routing_rules.family,
    vpc_links.family,
)
