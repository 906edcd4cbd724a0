"""What a REST API says of itself: defaults, and what its members may be."""

from __future__ import annotations

from gateway import quotas
from gateway.control.errors import Invalid, unsupported
from gateway.control.models import Api
from gateway.control.rest.bounds import require_option
from gateway.control.rest.mapping_names import require_content_types
from gateway.control.rest.patching import Document
from gateway.control.rest.resource_policies import require_policy

ENDPOINT_TYPES = ("REGIONAL", "EDGE", "PRIVATE")
WRONG_COMPRESSION = (
    f"Invalid minimum compression size, must be between 0 and {quotas.COMPRESSION_SIZE_MOST}"
)
CONFIGURED_ONLY = {
    "endpointConfiguration.types": "EDGE and REGIONAL APIs are served alike, by the node itself",
    "endpointConfiguration.ipAddressType": "the addresses on which the server listens decide",
}


def with_defaults(document: Document) -> Document:
    """A new API's document with what it says even where nobody set it."""
    endpoint = {"types": ["EDGE"], "ipAddressType": "ipv4"}
    given = document.get("endpointConfiguration", {})
    endpoint.update({name: value for name, value in given.items() if value or name == "types"})
    return {
        "apiKeySource": "HEADER",
        "disableExecuteApiEndpoint": False,
        **document,
        "endpointConfiguration": endpoint,
    }


def require_api(api: Api, document: Document) -> Document:
    """The document as it is stored, its policy spelled out. Raises `Invalid`."""
    _require_texts(document)
    require_option("ApiKeySource", document["apiKeySource"], ("HEADER", "AUTHORIZER"))
    _require_media_types(document.get("binaryMediaTypes", []))
    _require_compression(document.get("minimumCompressionSize"))
    _require_endpoint(document["endpointConfiguration"])
    _require_transport(document)
    policy = document.get("policy")
    return {**document, "policy": require_policy(api, policy)} if policy else document


def _require_texts(document: Document) -> None:
    if not document.get("name"):
        raise Invalid("Name cannot be an empty string")
    if len(document["name"]) > quotas.REST_API_NAME_CHARACTERS:
        raise Invalid(f"Name has at most {quotas.REST_API_NAME_CHARACTERS} characters")
    for member in ("description", "version"):
        if len(document.get(member, "")) > quotas.METHOD_TEXT_CHARACTERS:
            raise Invalid(f"{member} has at most {quotas.METHOD_TEXT_CHARACTERS} characters")


def _require_media_types(types: list[str]) -> None:
    if len(types) > quotas.BINARY_MEDIA_TYPES_PER_API:
        raise Invalid(f"An API has at most {quotas.BINARY_MEDIA_TYPES_PER_API} binary media types")
    require_content_types(types)


def _require_compression(size: int | None) -> None:
    if size is not None and not 0 <= size <= quotas.COMPRESSION_SIZE_MOST:
        raise Invalid(WRONG_COMPRESSION)


def _require_endpoint(endpoint: Document) -> None:
    types = endpoint["types"]
    if not types:
        raise Invalid("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    for each in types:
        require_option("EndpointTypes", each, ENDPOINT_TYPES)
    if len(types) > 1:
        raise Invalid("Cannot create an api with multiple Endpoint Types.")
    if endpoint["ipAddressType"] not in {"ipv4", "dualstack"}:
        raise Invalid("ipAddressType must be either ipv4 or dualstack.")
    if types == ["PRIVATE"]:
        raise unsupported(
            "The endpoint type PRIVATE",
            "there are no VPC endpoints; a resource policy says who may call an API",
        )
    if endpoint.get("vpcEndpointIds"):
        raise unsupported("vpcEndpointIds", "there are no VPC endpoints")


def _require_transport(document: Document) -> None:
    policy = document.get("securityPolicy")
    if policy not in {None, "TLS_1_2"}:
        raise unsupported(
            f"securityPolicy {policy}", "listeners take TLS 1.2 and later, which is TLS_1_2"
        )
    if document.get("endpointAccessMode"):
        raise unsupported(
            "endpointAccessMode", "it is for security policies that start with SecurityPolicy_"
        )
