"""POST /oauth2/token (RFC 6749 §3.2), in front of Flask.

It is the endpoint that machines call without end, and it needs nothing of what a framework makes of
a request: the client's credentials and a form go in, a JSON document comes out.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_host

from idp.oauth import cors, headers
from idp.oauth.busy import busy
from idp.oauth.provider import Provider
from idp.oauth.replies import OAuthReply
from kernel.bodies import BodyFault, read_body
from kernel.database import DatabaseBusy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

PATH = "/oauth2/token"
FORM = "application/x-www-form-urlencoded"
MOST_FORM_BYTES = 500_000
MOST_FIELDS = 1000
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

WRONG_METHOD = OAuthReply(
    405,
    b'{"error":"invalid_request","error_description":"The method must be POST."}',
    [("Content-Type", "application/json"), ("Allow", "POST, OPTIONS"), headers.NOT_KEPT],
)
"""RFC 6749 §3.2: "The client MUST use the HTTP POST method when making access token requests"."""

Environ = dict[str, Any]


def in_front_of(application: WSGIApplication, provider: Provider) -> WSGIApplication:
    """An application that answers the token endpoint, and hands `application` all else."""

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return application(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            return cors.preflight("POST")(environ, start_response)
        try:
            reply = _answer(provider, environ) if method == "POST" else WRONG_METHOD
        except HTTPException as error:
            return error(environ, start_response)
        except DatabaseBusy:
            return busy()(environ, start_response)
        fields = [*reply.headers, *headers.OF_ENDPOINTS, *cors.ANY_ORIGIN]
        fields.append(("Content-Length", str(len(reply.body))))
        start_response(STATUS_LINES[reply.status], fields)
        return [reply.body]

    return serve


def _answer(provider: Provider, environ: Environ) -> OAuthReply:
    try:
        request = provider.request_of(
            environ["REQUEST_METHOD"],
            get_host(environ),
            _form(environ),
            environ.get("HTTP_AUTHORIZATION"),
        )
    except OAuth2Error as error:
        return provider.server.error_reply(error)
    return provider.server.token_reply(request)


def _form(environ: Environ) -> list[tuple[str, str]]:
    """RFC 6749 §3.2: parameters come in the "application/x-www-form-urlencoded" format "with a
    character encoding of UTF-8". Raises `InvalidRequestError`."""
    body = read_body(environ, MOST_FORM_BYTES)
    if isinstance(body, BodyFault):
        raise InvalidRequestError("The request body is too large, malformed or broken off.")
    media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if body and media_type != FORM:
        raise InvalidRequestError(f"The content type must be {FORM}.")
    try:
        return parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise InvalidRequestError("The request body is no form in UTF-8.") from None
