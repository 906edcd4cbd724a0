"""POST /oauth2/token (RFC 6749 §3.2), in front of Flask.

It is the endpoint that machines call without end, and it needs nothing of what a framework makes of
a request: the client's credentials and a form go in, a JSON document comes out (ADR 9).
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import structlog
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from werkzeug.exceptions import NotFound

from idp.errors import TooManyRequests
from idp.oauth import cors, mutual_tls, paths, replies, request_rates
from idp.oauth.provider import Provider
from idp.oauth.replies import OAuthReply
from idp.user_pools.rules.rate_limits import CLIENT_AUTHENTICATION, USER_TOKEN
from idp.user_pools.services.circumstances import Circumstances
from kernel.bodies import BodyFault, read_body
from kernel.database import DatabaseBusy
from kernel.runtime import Kernel
from kernel.status_lines import status_line
from kernel.telemetry.logs import where_it_happened

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

log = structlog.get_logger("poolgate.oauth")

FORM = "application/x-www-form-urlencoded"
# As Flask limits the forms of the other endpoints.
MOST_FORM_BYTES = 500_000
MOST_FIELDS = 1000

# RFC 6749 §3.2: "The client MUST use the HTTP "POST" method when making access token requests."
WRONG_METHOD = replies.refusal(
    405, "invalid_request", "The method must be POST.", ("Allow", "POST, OPTIONS")
)
NOWHERE = replies.refusal(404, "invalid_request", "No user pool is served under this host.")
BUSY = replies.refusal(
    503, "temporarily_unavailable", "Try again in a moment.", ("Retry-After", "5")
)
TOO_MANY = replies.refusal(
    429, "temporarily_unavailable", "Too many requests.", ("Retry-After", "1")
)
FAILED = replies.refusal(500, "server_error", "The request could not be processed.")

Environ = dict[str, Any]


def in_front_of(application: WSGIApplication, provider: Provider) -> WSGIApplication:
    """An application that answers the token endpoint, and hands `application` all else."""

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != paths.TOKEN:
            return application(environ, start_response)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            answer = cors.preflight("POST")
            answer.headers.extend(replies.GUARDS)
            return answer(environ, start_response)
        reply = _reply(provider, environ)
        fields = [*reply.headers, *replies.GUARDS, *cors.ANY_ORIGIN]
        start_response(
            status_line(reply.status), [*fields, ("Content-Length", str(len(reply.body)))]
        )
        return [reply.body]

    return serve


def _reply(provider: Provider, environ: Environ) -> OAuthReply:
    """The answer. Nothing that a request holds makes it raise."""
    if environ["REQUEST_METHOD"] != "POST":
        return WRONG_METHOD
    try:
        return _tokens(provider, environ)
    except OAuth2Error as error:
        return provider.server.error_reply(error)
    except NotFound:
        return NOWHERE
    except TooManyRequests:
        return TOO_MANY
    except DatabaseBusy:
        return BUSY
    except Exception as error:
        log.error("token request failed", **where_it_happened(error))
        return FAILED


def _tokens(provider: Provider, environ: Environ) -> OAuthReply:
    authorization = environ.get("HTTP_AUTHORIZATION")
    here = Circumstances(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_USER_AGENT", ""))
    form = _form(environ)
    _count(provider.kernel, form)
    dpop = environ.get("HTTP_DPOP")
    request = provider.request_of(
        "POST",
        _host(environ),
        form,
        authorization,
        here,
        paths.TOKEN,
        dpop,
        mutual_tls.certificate_of(environ),
    )
    return provider.server.token_reply(request)


def _count(kernel: Kernel, form: list[tuple[str, str]]) -> None:
    is_client = ("grant_type", "client_credentials") in form
    request_rates.count(kernel, CLIENT_AUTHENTICATION if is_client else USER_TOKEN)


def _form(environ: Environ) -> list[tuple[str, str]]:
    """RFC 6749 §3.2: parameters come in the "application/x-www-form-urlencoded" format "with a
    character encoding of UTF-8". Raises `InvalidRequestError`."""
    body = read_body(environ, MOST_FORM_BYTES)
    if body is BodyFault.TOO_LARGE:
        raise InvalidRequestError("The request body is too large.")
    if isinstance(body, BodyFault):
        raise InvalidRequestError("The request body is malformed or broken off.")
    media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if body and media_type != FORM:
        raise InvalidRequestError(f"The content type must be {FORM}.")
    fields = body.split(b"&", MOST_FIELDS)
    if len(fields) > MOST_FIELDS:
        raise InvalidRequestError("The request body is no form of ours: it has too many fields.")
    try:
        return [_pair(field.decode()) for field in fields if field]
    except ValueError:
        raise InvalidRequestError("The request body is no form in UTF-8.") from None


def _pair(field: str) -> tuple[str, str]:
    """One field of a form. Raises `ValueError` for what is not UTF-8."""
    name, _, value = field.partition("=")
    if "%" in field or "+" in field:
        return unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")
    return name, value


def _host(environ: Environ) -> str:
    """The Host header without a default port (RFC 9110 §4.2.1)."""
    default = ":443" if environ["wsgi.url_scheme"] == "https" else ":80"
    host: str = environ.get("HTTP_HOST", "")
    return host.removesuffix(default)
