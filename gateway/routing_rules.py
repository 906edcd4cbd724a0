"""Where the routing rules of a custom domain send a request ("Routing rules to connect API stages
to a custom domain name for REST APIs", developer guide). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.addresses import within
from gateway.context import Address
from gateway.snapshot import HeaderMatch, RoutingRule, Snapshot


def routed(snapshot: Snapshot, address: Address, headers: Mapping[str, str]) -> Address:
    """What the first rule says whose conditions all hold, or the address as it is."""
    routing = snapshot.routing.get(address.domain)
    for rule in routing.rules if routing else ():
        found = _path_under(rule, address.domain_path, headers)
        if found is not None:
            base_path, path = found
            whole = address.domain_path
            return Address(rule.api_id, rule.stage, path, domain_path=whole, base_path=base_path)
    return address


def _path_under(rule: RoutingRule, path: str, headers: Mapping[str, str]) -> tuple[str, str] | None:
    """The base path that matched, and the path that the rule's API gets; None where a condition
    does not hold."""
    if not all(any(_holds(each, headers) for each in accepted) for accepted in rule.headers):
        return None
    if not rule.base_paths:
        return "", path
    for base_path in sorted(rule.base_paths, key=len, reverse=True):
        below = within(f"/{base_path}", path)
        if below is not None:
            return base_path, below if rule.strips_base_path else path
    return None


def _holds(match: HeaderMatch, headers: Mapping[str, str]) -> bool:
    """Names of headers compare without case, their values with it."""
    value = headers.get(match.name)
    return value is not None and matches(match.glob, value)


def matches(glob: str, value: str) -> bool:
    """Whether a value is what a glob says: itself, or with a `*` at an end, what is beside it."""
    if glob == "*":
        return True
    text = glob.removeprefix("*").removesuffix("*")
    if glob.startswith("*") and glob.endswith("*"):
        return text in value
    if glob.startswith("*"):
        return value.endswith(text)
    return value.startswith(text) if glob.endswith("*") else value == glob
