"""Which endpoint a request is for, and what becomes of an error: the way of each request, and of
each operation of a bulk request."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from pydantic import ValidationError
from scim2_models import Error, SCIMException

from idp.errors import IdpError
from idp.scim import bulk, discovery, groups, searching, users
from idp.scim.context import Context, Request
from idp.scim.replies import Reply, of_error, refusal
from idp.user_pools.services.provisioned_users import Changed
from kernel.database import DatabaseBusy

log = structlog.get_logger("poolgate.scim")

Handler = Callable[[Context, Request], Reply]
Methods = Mapping[str, Handler]

SEARCH = ".search"
RESOURCES = (users.ENDPOINT, groups.ENDPOINT)
LISTED = {"GET": searching.listing}
COLLECTIONS: Mapping[str, Methods] = {
    users.ENDPOINT: {**LISTED, "POST": users.create},
    groups.ENDPOINT: {**LISTED, "POST": groups.create},
}
MEMBERS: Mapping[str, Methods] = {
    endpoint: {
        "GET": module.get,
        "PUT": module.replace_all,
        "PATCH": module.modify,
        "DELETE": module.delete,
    }
    for endpoint, module in ((users.ENDPOINT, users), (groups.ENDPOINT, groups))
}
DISCOVERY: Mapping[str, Methods] = {
    "ResourceTypes": {"GET": discovery.resource_types},
    "Schemas": {"GET": discovery.schemas},
}
ALONE: Mapping[str, Methods] = {
    "ServiceProviderConfig": {"GET": discovery.service_provider_config},
    SEARCH: {"POST": searching.search_all},
}


def answer(context: Context, asked: Request) -> Reply:
    """The answer, whatever it is that the request gets wrong."""
    reply = _caught(lambda: _dispatch(context, asked))
    if asked.method != "GET" and asked.path[0] in RESOURCES and reply.status < 400:
        # Who has changed what: where the resource is, and nothing of what it holds.
        where = reply.headers.get("Location", "/".join((context.base, *asked.path)))
        log.info("scim", token=context.token_id, did=asked.method, resource=where)
    return reply


def _caught(work: Callable[[], Reply]) -> Reply:
    try:
        return work()
    except SCIMException as error:
        return refusal(error.status, _plain(error.detail), error.scim_type or None)
    except ValidationError as error:
        first = Error.from_validation_errors(error)[0]
        return refusal(first.status or 400, _plain(first.detail or ""), first.scim_type)
    except (IdpError, Changed, DatabaseBusy) as error:
        return of_error(error)


def _plain(detail: str) -> str:
    """Where a model refused a value, its words without their frame of several lines."""
    lines = [line.strip() for line in detail.splitlines()]
    if len(lines) < 3:
        return detail
    return f"{lines[2].partition(' [type=')[0]}: {lines[1]}"


def _dispatch(context: Context, asked: Request) -> Reply:
    if asked.path[:1] == ("Me",):
        # RFC 7644 §3.11: a token is a directory's, which is none of the users.
        return refusal(501, "A directory is no user of the pool.")
    methods = _methods(asked.path)
    if methods is None:
        return refusal(404, "There is no such endpoint.")
    handler = methods.get(asked.method)
    if handler is None:
        reply = refusal(405, f"{asked.method} is not for this endpoint.")
        return Reply(405, reply.document, {"Allow": ", ".join(methods)})
    return handler(context, asked)


def _bulk(context: Context, asked: Request) -> Reply:
    return bulk.run(context, asked, answer)


def _methods(path: tuple[str, ...]) -> Methods | None:
    if path == ("Bulk",):
        return {"POST": _bulk}
    if len(path) == 1:
        return {**COLLECTIONS, **DISCOVERY, **ALONE}.get(path[0])
    if len(path) != 2:
        return None
    if path[1] == SEARCH and path[0] in RESOURCES:
        return {"POST": searching.search}
    return {**MEMBERS, **DISCOVERY}.get(path[0])
