"""The names of API Gateway's extensions to OpenAPI (developer guide, "OpenAPI extensions for API
Gateway")."""

from __future__ import annotations

PREFIX = "x-amazon-apigateway-"

# Of a document, and of both kinds of API or of one.
ACCESS_MODE = f"{PREFIX}endpoint-access-mode"
COMPRESSION = f"{PREFIX}minimum-compression-size"
CORS = f"{PREFIX}cors"
DOCUMENTATION = f"{PREFIX}documentation"
ENDPOINT = f"{PREFIX}endpoint-configuration"
GATEWAY_RESPONSES = f"{PREFIX}gateway-responses"
IMPORT_VERSION = f"{PREFIX}importexport-version"
KEY_SOURCE = f"{PREFIX}api-key-source"
MEDIA_TYPES = f"{PREFIX}binary-media-types"
POLICY = f"{PREFIX}policy"
SECURITY_POLICY = f"{PREFIX}security-policy"
VALIDATORS = f"{PREFIX}request-validators"

# Of a path, an operation, a security scheme or a tag.
ANY_METHOD = f"{PREFIX}any-method"
AUTH = f"{PREFIX}auth"
AUTH_TYPE = f"{PREFIX}authtype"
AUTHORIZER = f"{PREFIX}authorizer"
INTEGRATION = f"{PREFIX}integration"
TAG_VALUE = f"{PREFIX}tag-value"
VALIDATOR = f"{PREFIX}request-validator"
