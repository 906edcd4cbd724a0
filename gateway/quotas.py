"""What an API may hold, and how large it may grow.

The numbers are those of the API Gateway developer guide, "Quotas for configuring and running an
HTTP API", unless a line says otherwise. docs/gateway-quotas.md is generated from this module.
"""

from __future__ import annotations

from typing import Final

ROUTES_PER_API: Final = 300
INTEGRATIONS_PER_API: Final = 300
AUTHORIZERS_PER_API: Final = 10
STAGES_PER_API: Final = 10
WEBSOCKET_TEXT_BYTES: Final = 32 * 1024
"""StringWithLengthBetween0And32K: a template, or a model's schema, of a WebSocket API."""
RESPONSES_PER_PART: Final = 100
"""Poolgate's own: responses of a route, and of an integration, of a WebSocket API."""
AUDIENCES_PER_AUTHORIZER: Final = 50
SCOPES_PER_ROUTE: Final = 10
VARIABLES_PER_STAGE: Final = 100
VARIABLE_NAME_CHARACTERS: Final = 64
VARIABLE_VALUE_CHARACTERS: Final = 512
TAGS_PER_RESOURCE: Final = 50
TAG_KEY_CHARACTERS: Final = 128
TAG_VALUE_CHARACTERS: Final = 256
ACCESS_LOG_FORMAT_BYTES: Final = 3 * 1024
"""Developer guide: "Access log template size"."""
ACCESS_LOG_ENTRY_BYTES: Final = 1024 * 1024
"""Developer guide: "Access log entry"."""

REQUEST_HEAD_BYTES: Final = 10_240
"""Developer guide: "Total combined size of request line and header values"."""
PAYLOAD_BYTES: Final = 10 * 1024 * 1024
HTTP_INTEGRATION_TIMEOUT_MILLISECONDS: Final = 30_000
"""That of an integration of an HTTP API that sets none."""

ACCOUNT_REQUESTS_PER_SECOND: Final = 10_000.0
ACCOUNT_BURST: Final = 5_000
"""What a throttle has where only its other number is set."""
AUTHORIZER_CALLS_PER_SECOND: Final = 200.0
AUTHORIZER_CALLS_BURST: Final = 400
"""Poolgate's own: calls of Lambda authorizers, answers that are kept aside, that one client's
address has at a stage."""

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

REST_PAGE_DEFAULT: Final = 25
REST_PAGE_MOST: Final = 500
"""Of the lists of REST APIs, by their `limit` in the service model."""

# Poolgate's own bounds of developer portals, which nothing serves.
PORTALS_PER_ACCOUNT_AND_REGION: Final = 20
PORTAL_PRODUCTS_PER_ACCOUNT_AND_REGION: Final = 100
PRODUCTS_PER_PORTAL: Final = 100
PAGES_PER_PORTAL_PRODUCT: Final = 300
"""Of either kind."""

# REST APIs: API Gateway developer guide, "Quotas for creating, deploying and managing a REST API".
RESOURCES_PER_API: Final = 300
INTEGRATION_TIMEOUT_MILLISECONDS_LEAST: Final = 50
INTEGRATION_TIMEOUT_MILLISECONDS: Final = 29_000
"""That of an integration that sets none; the setting `integration_timeout` is the longest."""
STREAMING_TIMEOUT_MILLISECONDS_MOST: Final = 900_000
"""Developer guide, "Stream the integration response": up to 15 minutes."""
COMPRESSION_SIZE_MOST: Final = 10_485_760
RESOURCE_POLICY_BYTES: Final = 8_192

# Poolgate's own bounds of REST APIs.
RESOURCE_PATH_CHARACTERS: Final = 1024
REST_API_NAME_CHARACTERS: Final = 1024
BINARY_MEDIA_TYPES_PER_API: Final = 100
METHOD_MAP_ENTRIES: Final = 100
"""Entries of each map of a method or of an integration, such as `requestParameters`."""
METHOD_TEXT_CHARACTERS: Final = 2048
"""A name, mapping expression, pattern or URI of a method or of an integration."""
METHOD_BYTES: Final = 1024 * 1024
"""A method with its integration and all responses, as JSON."""
METHOD_BYTES_ALWAYS_TAKEN: Final = 16 * 1024
"""A method as small as this is taken however much the API's others have."""
METHODS_BYTES_PER_API: Final = 8 * 1024 * 1024
MAPPING_TEMPLATE_BYTES: Final = 300 * 1024
"""Developer guide: "Mapping template size"."""

# Parts, deployments and stages of REST APIs.
MODELS_PER_API: Final = 300
MODEL_SCHEMA_BYTES: Final = 400 * 1024
"""CreateModelRequest$schema."""
MODEL_SCHEMA_DEPTH: Final = 64
MODEL_SCHEMAS: Final = 2_000
"""Poolgate's own: how deep a schema may nest, and how many it may hold, itself included."""
REQUEST_VALIDATORS_PER_API: Final = 100
"""Poolgate's own."""
PROVIDERS_PER_AUTHORIZER: Final = 100
"""Poolgate's own: user pools, or issuers of a JWT authorizer."""
AUTHORIZER_TTL_SECONDS: Final = 3600
"""CreateAuthorizerRequest$authorizerResultTtlInSeconds."""
GATEWAY_RESPONSE_ENTRIES: Final = 50
"""Poolgate's own: headers, and templates, of a gateway response."""
DOCUMENTATION_PARTS_PER_API: Final = 2000
DOCUMENTATION_VERSIONS_PER_API: Final = 100
DOCUMENTATION_PART_BYTES: Final = 30 * 1024
"""Poolgate's own bounds of documentation, which nothing serves; its import is bounded by what an
operation's body may have."""
DEPLOYMENT_BYTES: Final = 8 * 1024 * 1024
"""Poolgate's own: what a deployment's definition may have, as JSON."""
METHOD_SETTINGS_PER_STAGE: Final = 1000
"""Poolgate's own: methods with settings of their own."""
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
SECURITY_GROUPS_PER_VPC_LINK: Final = 10
IMPORTED_KEYS_AT_ONCE: Final = 10_000
IMPORTED_KEYS_BYTES: Final = 4 * 1024 * 1024
