"""Signed requests for AWS services that Poolgate does not have.

An SDK makes nothing of a page, nor of an error in another protocol than its service's: it would
say that it cannot parse the answer.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from flask import Response, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from kernel.aws.credential_scope import claimed_credential
from kernel.aws.protocols.query import CONTENT_TYPE as FORM
from kernel.aws.protocols.xml import element
from kernel.aws.wire import Reply
from kernel.telemetry.access_log import REQUEST_ID

SERVED = frozenset(
    {"apigateway", "cognito-identity", "cognito-idp", "cognito-sync", "execute-api", "iam", "sts"}
)
"""As signatures name them."""

CODE = "NotImplementedException"
STATUS = 501
REST_XML = frozenset({"cloudfront", "route53"})


def not_found(error: NotFound) -> AnyResponse:
    """The 404 of a path, or the refusal for whoever claims a signature for another service."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    absent = absent_service(headers, request.query_string.decode("latin-1"))
    if absent is None:
        return error.get_response()
    reply = refusal(absent, headers, request.environ.get(REQUEST_ID, ""))
    return Response(reply.body, reply.status, reply.headers)


def absent_service(headers: Mapping[str, str], query: str) -> str | None:
    """The service that a signature claims, where Poolgate does not have it. Header names are lower
    case."""
    credential = claimed_credential(headers.get("authorization", ""), query)
    return credential.service if credential and credential.service not in SERVED else None


def refusal(service: str, headers: Mapping[str, str], request_id: str) -> Reply:
    """501 in the form of the protocol that the request is written in."""
    told = f"Poolgate does not have the service {service}."
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if "x-amz-target" in headers:
        body, form = orjson.dumps({"__type": CODE, "message": told}), content_type
    elif headers.get("smithy-protocol") == "rpc-v2-cbor":
        body, form = _cbor({"__type": CODE, "message": told}), "application/cbor"
    elif content_type == FORM or service in REST_XML or service.startswith("s3"):
        body, form = _xml(service, told, request_id), "text/xml"
    else:
        body, form = orjson.dumps({"message": told}), "application/json"
    own = {"smithy-protocol": "rpc-v2-cbor"} if form == "application/cbor" else {}
    return Reply(STATUS, body, {"Content-Type": form, "x-amzn-ErrorType": CODE, **own})


def _xml(service: str, told: str, request_id: str) -> bytes:
    """S3, EC2 and all others each wrap an error in a way of their own."""
    code = CODE.removesuffix("Exception") if service.startswith("s3") else CODE
    inside = element("Code", code) + element("Message", told, escape=True)
    if service.startswith("s3"):
        text = element("Error", inside + element("RequestId", request_id))
    elif service == "ec2":
        errors = element("Errors", element("Error", inside))
        text = element("Response", errors + element("RequestID", request_id))
    else:
        error = element("Error", element("Type", "Sender") + inside)
        text = element("ErrorResponse", error + element("RequestId", request_id))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _cbor(members: Mapping[str, str]) -> bytes:
    """A map of a few short texts (RFC 8949 §3.1)."""
    return bytes([0xA0 + len(members)]) + b"".join(map(_cbor_text, sum(members.items(), ())))


def _cbor_text(text: str) -> bytes:
    """With its length in two bytes, which is well-formed for shorter texts too."""
    encoded = text.encode()
    return b"\x79" + len(encoded).to_bytes(2) + encoded
