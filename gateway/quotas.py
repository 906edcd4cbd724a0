"""What an HTTP API may hold, and how large it may grow.

The numbers are those of the API Gateway developer guide, "Quotas for configuring and running an
HTTP API", unless a line says otherwise. The documentation quotes this module.
"""

from __future__ import annotations

from typing import Final

ROUTES_PER_API: Final = 300
INTEGRATIONS_PER_API: Final = 300
AUTHORIZERS_PER_API: Final = 10
STAGES_PER_API: Final = 10
AUDIENCES_PER_AUTHORIZER: Final = 50
SCOPES_PER_ROUTE: Final = 10
VARIABLES_PER_STAGE: Final = 100
VARIABLE_NAME_CHARACTERS: Final = 64
VARIABLE_VALUE_CHARACTERS: Final = 512
TAGS_PER_RESOURCE: Final = 50
TAG_KEY_CHARACTERS: Final = 128
TAG_VALUE_CHARACTERS: Final = 256
ACCESS_LOG_FORMAT_CHARACTERS: Final = 1024
"""The service model's bound of AccessLogSettings$Format."""

ACCOUNT_REQUESTS_PER_SECOND: Final = 10_000.0
ACCOUNT_BURST: Final = 5_000
"""What a throttle has where only its other number is set."""

# Poolgate's own bounds, where AWS documents none.
APIS_PER_ACCOUNT_AND_REGION: Final = 600
DEPLOYMENTS_PER_API: Final = 300
"""Deployments made by CreateDeployment that may exist at once."""
AUTOMATIC_DEPLOYMENTS_KEPT: Final = 20
"""Automatic deployments that no stage serves any more; older ones are removed."""
ROUTE_KEY_CHARACTERS: Final = 1024
CORS_VALUES: Final = 100
"""Entries in each list of a CORS configuration."""

PAGE_DEFAULT: Final = 100
PAGE_MOST: Final = 500

# "Quotas for configuring and running a REST API", and what both kinds of API share.
API_KEYS_PER_ACCOUNT_AND_REGION: Final = 10_000
API_KEY_CHARACTERS_LEAST: Final = 20
API_KEY_CHARACTERS_MOST: Final = 128
USAGE_PLANS_PER_ACCOUNT_AND_REGION: Final = 300
USAGE_PLANS_PER_API_KEY: Final = 10
CLIENT_CERTIFICATES_PER_ACCOUNT_AND_REGION: Final = 60
VPC_LINKS_PER_ACCOUNT_AND_REGION: Final = 10
SUBNETS_PER_VPC_LINK: Final = 10
CUSTOM_DOMAINS_PER_ACCOUNT_AND_REGION: Final = 120
API_MAPPINGS_PER_DOMAIN: Final = 200
API_MAPPING_KEY_CHARACTERS: Final = 300
ROUTING_RULES_PER_DOMAIN: Final = 50
USAGE_DAYS_AT_ONCE: Final = 90

# Poolgate's own bounds.
STAGES_PER_USAGE_PLAN: Final = 100
METHOD_THROTTLES_PER_USAGE_PLAN: Final = 500
TARGETS_PER_VPC_LINK: Final = 20
IMPORTED_KEYS_AT_ONCE: Final = 10_000
IMPORT_BYTES: Final = 4 * 1024 * 1024
POSITIONS_DEFAULT: Final = 25
POSITIONS_MOST: Final = 500
