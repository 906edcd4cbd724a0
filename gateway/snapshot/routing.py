"""Routing rules of custom domains, in the order in which they are asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HeaderMatch:
    """A header, and a value that may have a `*` at its beginning, its end or both."""

    name: str
    """In lower case."""
    glob: str


@dataclass(frozen=True)
class RoutingRule:
    """Where requests go that meet all conditions; a rule without conditions takes every one."""

    api_id: str
    stage: str
    headers: tuple[tuple[HeaderMatch, ...], ...] = ()
    """Of each condition, what it accepts."""
    base_paths: tuple[str, ...] = ()
    """Whole segments such as `orders/v2`, any of them; none is no condition."""
    strips_base_path: bool = False


@dataclass(frozen=True)
class Routing:
    """The rules of a domain, by priority."""

    rules: tuple[RoutingRule, ...] = ()
    falls_through: bool = True
    """Whether what no rule takes goes on to the domain's mappings."""
