"""The endpoint's addresses: `/scim/v2/POOL_ID/...`, and `/scim/v2/...` at a pool's own host.

All that is asked of a pool passes here: who asks, and in which form. The library of the protocol is
loaded when the first one is let in.
"""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from idp.errors import TooManyRequests
from idp.oauth.provider import Provider
from idp.oauth.replies import GUARDS
from idp.scim import bodies
from idp.scim.authentication import Unauthenticated, authenticate
from idp.scim.context import Context, Request
from idp.scim.replies import CONTENT_TYPE, Reply, of_error, refusal
from idp.user_pools.services import oauth_settings, quick_reads
from idp.user_pools.services.issuers import is_pool_id
from kernel.bodies import BodyFault, read_body
from kernel.database import DatabaseBusy
from kernel.statements import Rows
from kernel.threads import compute

PATH = "/scim/v2"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
MEDIA_TYPES = (CONTENT_TYPE, "application/json", "")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="scim"'}


def create_blueprint(provider: Provider) -> Blueprint:
    """Every pool's endpoint."""
    blueprint = Blueprint("scim", __name__)
    blueprint.add_url_rule(
        f"{PATH}/<path:rest>",
        "scim",
        partial(_serve, provider),
        methods=METHODS,
        provide_automatic_options=False,
    )
    blueprint.after_request(_guard)
    return blueprint


def _guard(response: Response) -> Response:
    response.headers.extend(GUARDS)
    return response


def _serve(provider: Provider, rest: str) -> Response:
    segments = tuple(rest.rstrip("/").split("/"))
    pool_id, base, path = _addressed(provider, segments)
    try:
        token_id = authenticate(provider, pool_id)
        return _answer(provider, pool_id, base, path, token_id).response()
    except Unauthenticated:
        reply = refusal(401, "The bearer token is missing, or not good for this pool.")
        return Reply(401, reply.document, CHALLENGE).response()
    except (TooManyRequests, DatabaseBusy) as error:
        return of_error(error).response()


def _addressed(provider: Provider, segments: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """The pool, the base of its addresses, and the path below it. Raises `NotFound`."""
    settings = provider.kernel.settings
    named = segments[0] if is_pool_id(segments[0]) else None
    is_main = request.host.lower() == settings.public_host.lower()
    addressed = None if is_main else provider.address().pool_id
    pool_id = addressed or named
    if pool_id is None or named not in {None, pool_id}:
        raise NotFound
    origin = provider.origin_of(request.host, addressed)
    if named is None:
        return pool_id, f"{origin}{PATH}", segments
    return pool_id, f"{origin}{PATH}/{pool_id}", segments[1:]


def _answer(
    provider: Provider, pool_id: str, base: str, path: tuple[str, ...], token_id: str
) -> Reply:
    kernel = provider.kernel

    def look(rows: Rows) -> Context | None:
        pool = quick_reads.pool_by_id(rows, pool_id)
        settings = oauth_settings.load(rows, pool_id, "")[1].scim
        return None if pool is None else Context(kernel, pool, settings, base, token_id)

    context = kernel.database.look_up(look)
    if context is None:
        raise Unauthenticated
    asked = _request(path)
    if isinstance(asked, Reply):
        return asked
    # It takes pydantic along, which no worker needs that serves no directory.
    from idp.scim import endpoints

    return endpoints.answer(context, asked)


def _request(path: tuple[str, ...]) -> Request | Reply:
    """The present request, or why it cannot be one."""
    body = {}
    if request.method in WITH_BODY:
        if request.mimetype not in MEDIA_TYPES:
            return refusal(415, f"The body must be {CONTENT_TYPE}.")
        read = read_body(request.environ, bodies.MOST_BYTES)
        if read is BodyFault.TOO_LARGE:
            return refusal(413, f"The body has {bodies.MOST_BYTES} bytes at most.")
        if isinstance(read, BodyFault):
            return refusal(400, "The body broke off.", "invalidSyntax")
        try:
            body = bodies.parse(read) if len(read) < bodies.LARGE else compute(bodies.parse, read)
        except bodies.WrongBody as wrong:
            return refusal(400, str(wrong), "invalidSyntax")
    return Request(
        request.method,
        path,
        request.args.to_dict(),
        body,
        request.headers.get("If-Match"),
        request.headers.get("If-None-Match"),
    )
