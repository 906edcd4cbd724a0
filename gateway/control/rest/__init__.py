"""The control plane of REST APIs: the apigateway operations."""

from __future__ import annotations

from gateway.control.rest import (
    access_associations,
    account,
    api_keys,
    base_path_mappings,
    client_certificates,
    domain_names,
    tags,
    usage,
    usage_plan_keys,
    usage_plans,
    vpc_links,
)
from kernel.aws.operations import OperationFamily

FAMILIES: tuple[OperationFamily, ...] = (
    api_keys.family,
    usage_plans.family,
    usage_plan_keys.family,
    usage.family,
    account.family,
    client_certificates.family,
    vpc_links.family,
    domain_names.family,
    base_path_mappings.family,
    access_associations.family,
    tags.family,
)
