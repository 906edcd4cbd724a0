"""Which API, stage and path an address leads to (README.md lists the forms). Pure.

The host decides first: a host of the API form, or a custom domain, belongs to the gateway whatever
its path. Paths of the main host are looked at only where path addresses are on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from gateway.context import Address
from gateway.snapshot import DEFAULT_STAGE, ApiMapping, Snapshot
from kernel.settings import is_loopback_name

Addressing = Callable[[Snapshot, str, str], Address | None]
"""Of the current snapshot, a Host header's value and a canonical path. None: not the gateway's."""

_API_HOST = re.compile(r"([a-z0-9]{1,64})\.execute-api\.(.+)")
_REST_FORM = re.compile(r"/restapis/([A-Za-z0-9]+)/([^/]+)/_user_request_(/.*)?")
_PATH_FORM = re.compile(r"(?:/_aws)?/execute-api/([A-Za-z0-9]+)(/.*)?")


def match_address(
    snapshot: Snapshot,
    host: str,
    path: str,
    *,
    path_addresses: bool = False,
    server: str = "localhost",
) -> Address | None:
    """The API that a host and a canonical path lead to; None where it is none of the gateway's.
    `server` is the host of the public URL.

    An address that belongs to the gateway but leads nowhere has a stage of None.
    """
    name = hostname(host)
    domain = custom_domain(snapshot, name)
    if domain is not None:
        return _of_domain(snapshot, domain, path)
    api_id = _api_named(name, server)
    if api_id is not None:
        return _of_api(snapshot, api_id, path, shares_origin=False)
    return _of_path(snapshot, path) if path_addresses else None


def custom_domain(snapshot: Snapshot, name: str) -> str | None:
    """The custom domain that a host belongs to: the whole name before the wildcard above it.

    This comes before the API form: below a custom domain no other API has a say. Nobody can have
    one that covers Poolgate's own hosts.
    """
    if name in snapshot.domains:
        return name
    if not snapshot.domains:
        return None
    wildcard = f"*.{name.partition('.')[2]}"
    return wildcard if wildcard in snapshot.domains else None


@lru_cache(1024)
def _api_named(name: str, server: str) -> str | None:
    """The API that a host of the API form names; empty where the form is below a host that is not
    this server's, so that nobody serves an API under a name of his own; None for other hosts."""
    found = _API_HOST.fullmatch(name)
    if found is None:
        return None
    api_id, below = found.groups()
    is_ours = is_loopback_name(below) or server in (below, below.partition(".")[2])
    return api_id if is_ours else ""


@lru_cache(1024)
def hostname(host: str) -> str:
    """A Host header's value in lower case, without its port and a root label's dot."""
    name = host.lower()
    if not name.endswith("]"):
        before, colon, port = name.rpartition(":")
        name = before if colon and port.isdigit() else name
    return name.rstrip(".")


def is_below(server: str, host: str) -> bool:
    """Whether a Host header names the server itself, or a host below its name."""
    name, own = hostname(host), hostname(server)
    return name == own or name.endswith(f".{own}")


@dataclass(frozen=True)
class UnderPrefix:
    """One API's `$default` stage under a path prefix of any host: what a blueprint serves."""

    prefix: str
    api_id: str

    def __call__(self, _snapshot: Snapshot, _host: str, path: str) -> Address | None:
        rest = within(self.prefix, path)
        return None if rest is None else Address(self.api_id, DEFAULT_STAGE, rest)


@dataclass(frozen=True)
class PoolgateAddresses:
    """Every form of Poolgate's own server: below the host of the public URL, and below loopback's
    names, with a region before it or without."""

    path_addresses: bool
    server: str = "localhost"

    def __call__(self, snapshot: Snapshot, host: str, path: str) -> Address | None:
        return match_address(
            snapshot, host, path, path_addresses=self.path_addresses, server=self.server
        )


def _of_path(snapshot: Snapshot, path: str) -> Address | None:
    if not path.startswith(("/restapis/", "/_aws/execute-api/", "/execute-api/")):
        return None
    rest_form = _REST_FORM.fullmatch(path)
    if rest_form:
        api_id, stage, rest = rest_form[1], rest_form[2], rest_form[3] or "/"
        return Address(api_id, _served(snapshot, api_id, stage), rest, shares_origin=True)
    path_form = _PATH_FORM.fullmatch(path)
    if path_form:
        return _of_api(snapshot, path_form[1], path_form[2] or "/", shares_origin=True)
    return None


def _of_api(snapshot: Snapshot, api_id: str, path: str, *, shares_origin: bool) -> Address:
    """Split a path into stage and rest.

    "If the request explicitly matches a stage, API Gateway sends the request to that stage. If no
    stage explicitly matches the request, API Gateway sends the request to the $default stage"
    (developer guide, "Routing API requests").
    """
    first, slash, rest = path[1:].partition("/")
    if _served(snapshot, api_id, first):
        return Address(api_id, first, slash + rest or "/", shares_origin)
    return Address(api_id, _served(snapshot, api_id, DEFAULT_STAGE), path, shares_origin)


def _served(snapshot: Snapshot, api_id: str, stage: str) -> str | None:
    """The stage, where the API has it and answers on Poolgate's own hosts."""
    api = snapshot.apis.get(api_id)
    return stage if api and api.execute_api_endpoint and stage in api.stages else None


def _of_domain(snapshot: Snapshot, domain: str, path: str) -> Address:
    routing = snapshot.routing.get(domain)
    if routing is None:
        return replace(_mapped(snapshot.domains[domain], path), domain_path=path)
    # Rules look at headers, which the chain has: see `gateway.handlers.locate`.
    mappings = snapshot.domains[domain] if routing.falls_through else ()
    return replace(_mapped(mappings, path), domain=domain, domain_path=path)


def _mapped(mappings: Sequence[ApiMapping], path: str) -> Address:
    """Where the mapping with the longest prefix of whole segments leads.

    "(none)" as a base-path mapping's stage leaves it to callers "to explicitly specify the stage
    name after any base path name" (CreateBasePathMapping).
    """
    found: ApiMapping | None = None
    rest = path
    for mapping in mappings:
        below = within(f"/{mapping.prefix}" if mapping.prefix else "", path)
        if below is not None and (found is None or len(mapping.prefix) > len(found.prefix)):
            found, rest = mapping, below
    if found is None:
        return Address("", None, path)
    if found.stage:
        return Address(found.api_id, found.stage, rest, base_path=found.prefix)
    stage, slash, below = rest[1:].partition("/")
    return Address(found.api_id, stage or None, slash + below or "/", base_path=found.prefix)


def within(prefix: str, path: str) -> str | None:
    """The part of `path` behind a prefix of whole segments; at least `/`."""
    if path == prefix:
        return "/"
    return path[len(prefix) :] if path.startswith(f"{prefix}/") else None
