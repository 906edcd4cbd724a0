"""What the endpoint can do (RFC 7644 §4): its configuration, resource types and schemas."""

from __future__ import annotations

from scim2_models import Context as Meaning
from scim2_models import ForbiddenException, NotFoundException

from idp.scim import bodies, models
from idp.scim.context import Context, Document, Request
from idp.scim.replies import Reply
from idp.scim.results import CURSOR_SECONDS, LARGEST_PAGE, LIST, PAGE

MOST_OPERATIONS = 200
"""Of one bulk request."""
CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"


def service_provider_config(context: Context, asked: Request) -> Reply:
    _refuse_filter(asked)
    location = f"{context.base}/ServiceProviderConfig"
    document: Document = {
        "schemas": [CONFIG],
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": MOST_OPERATIONS,
            "maxPayloadSize": bodies.MOST_BYTES,
        },
        "filter": {"supported": True, "maxResults": LARGEST_PAGE},
        "changePassword": {"supported": context.layout.takes_passwords},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": PAGE,
            "maxPageSize": LARGEST_PAGE,
            "cursorTimeout": CURSOR_SECONDS,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token of the pool, which its operator has made.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": location},
    }
    return Reply(200, document)


def resource_types(context: Context, asked: Request) -> Reply:
    documents = [
        {
            **each.model_dump(scim_ctx=Meaning.RESOURCE_QUERY_RESPONSE),
            "meta": {
                "resourceType": "ResourceType",
                "location": context.location("ResourceTypes", str(each.name)),
            },
        }
        for each in models.service(context.layout).resource_types
    ]
    return _told(asked, documents)


def schemas(context: Context, asked: Request) -> Reply:
    documents = [
        {
            **each.model_dump(scim_ctx=Meaning.RESOURCE_QUERY_RESPONSE),
            "meta": {
                "resourceType": "Schema",
                "location": context.location("Schemas", str(each.id)),
            },
        }
        for each in models.service(context.layout).schemas
    ]
    return _told(asked, documents)


def _told(asked: Request, documents: list[Document]) -> Reply:
    """All of them, or the one whose id the path has."""
    _refuse_filter(asked)
    if len(asked.path) == 1:
        number = len(documents)
        return Reply(
            200,
            {
                "schemas": [LIST],
                "totalResults": number,
                "itemsPerPage": number,
                "startIndex": 1,
                "Resources": documents,
            },
        )
    found = [each for each in documents if each["id"] == asked.path[1]]
    if not found:
        raise NotFoundException
    return Reply(200, found[0])


def _refuse_filter(asked: Request) -> None:
    """ "If a "filter" is provided, the service provider SHOULD respond with HTTP status code 403"
    (RFC 7644 §4)."""
    if "filter" in asked.parameters:
        raise ForbiddenException(detail="There is nothing to filter here.")
