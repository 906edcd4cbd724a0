"""Signed requests for AWS services that Poolgate does not have, on paths that nothing here knows.

An SDK makes nothing of a page: it would print its HTML.
"""

from __future__ import annotations

import orjson
from flask import Response, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from kernel.aws.credential_scope import claimed_credential


def not_found(error: NotFound) -> AnyResponse:
    """The 404 of a path, or 501 in the form of rest-json for whoever claims a signature."""
    query = request.query_string.decode("latin-1")
    credential = claimed_credential(request.headers.get("Authorization", ""), query)
    if credential is None:
        return error.get_response()
    told = f"Poolgate does not have the service {credential.service}."
    headers = {"x-amzn-ErrorType": "NotImplementedException"}
    body = orjson.dumps({"message": told})
    return Response(body, 501, headers, content_type="application/json")
