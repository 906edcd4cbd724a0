"""Answers of the endpoint, and the one table that turns errors into theirs (RFC 7644 §3.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Response

from idp.errors import (
    AliasExists,
    GroupExists,
    GroupNotFound,
    IdentityTaken,
    IdpError,
    InvalidLambdaResponse,
    LimitExceeded,
    NotAuthorized,
    TooManyRequests,
    UnexpectedLambda,
    UserLambdaValidation,
    UsernameExists,
    UserNotFound,
)
from idp.user_pools.services.provisioned_users import Changed
from kernel.database import DatabaseBusy

CONTENT_TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

STATUS: tuple[tuple[type[Exception], int, str | None], ...] = (
    (UsernameExists, 409, "uniqueness"),
    (AliasExists, 409, "uniqueness"),
    (GroupExists, 409, "uniqueness"),
    (IdentityTaken, 409, "uniqueness"),
    (UserNotFound, 404, None),
    (GroupNotFound, 404, None),
    (NotAuthorized, 403, None),
    (UserLambdaValidation, 403, None),
    (LimitExceeded, 403, None),
    (TooManyRequests, 429, None),
    (UnexpectedLambda, 503, None),
    (InvalidLambdaResponse, 503, None),
    (IdpError, 400, "invalidValue"),
    (Changed, 412, None),
    (DatabaseBusy, 503, None),
)
"""The first that fits."""
SENTENCES: Mapping[type[Exception], str] = {
    Changed: "The resource has changed meanwhile.",
    DatabaseBusy: "The server is busy. Try again in a moment.",
}
LATER = {"Retry-After": "5"}


@dataclass(frozen=True)
class Reply:
    """An answer. `document` is None where there is nothing to say."""

    status: int
    document: dict[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        body = b"" if self.document is None else orjson.dumps(self.document)
        headers = {"Cache-Control": "no-store", **self.headers}
        return Response(body, self.status, headers, content_type=CONTENT_TYPE)


def refusal(status: int, detail: str, scim_type: str | None = None) -> Reply:
    document = {"schemas": [ERROR], "status": str(status), "detail": detail}
    if scim_type is not None:
        document["scimType"] = scim_type
    return Reply(status, document, LATER if status in (429, 503) else {})


def of_error(error: IdpError | Changed | DatabaseBusy) -> Reply:
    """The answer for an error of the domain."""
    status, scim_type = next(
        (status, scim_type) for kind, status, scim_type in STATUS if isinstance(error, kind)
    )
    detail = error.message if isinstance(error, IdpError) else SENTENCES[type(error)]
    return refusal(status, detail, scim_type)
