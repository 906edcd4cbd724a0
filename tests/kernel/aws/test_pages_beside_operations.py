"""A path that is an operation's and a page's: who signs, or names no client, gets the operation."""

from __future__ import annotations

import pytest

from kernel.aws.rest_routes import RestRoutes
from kernel.aws.routing import is_for_wire

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/apigateway/aws4_request"
PRESIGNED = (
    "X-Amz-Signature=0&X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fapigateway%2Faws4_request"
)


@pytest.mark.parametrize(
    ("path", "query", "authorization", "is_operation"),
    [
        ("/account", "", "", True),
        ("/account", "client_id=abc", "", False),
        ("/account", "lang=de&client_id=abc", "", False),
        ("/account", "client_id=abc", SIGNED, True),
        ("/account", f"client_id=abc&{PRESIGNED}", "", True),
        ("/account", "client_id=abc", "Bearer token", True),
        ("/account/profile", "client_id=abc", "", False),
        ("/apikeys", "client_id=abc", "", True),
    ],
)
def test_the_account_page_takes_nothing_from_the_operation(
    path: str, query: str, authorization: str, is_operation: bool
) -> None:
    environ = {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": "GET"}
    if authorization:
        environ["HTTP_AUTHORIZATION"] = authorization
    assert is_for_wire(environ, RestRoutes()) is is_operation
