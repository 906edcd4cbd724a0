"""Scopes of resource servers, `IDENTIFIER/NAME`, and the audience that they amount to. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from idp.user_pools.rules.scopes import STANDARD_SCOPES


def servers(scopes: Sequence[str]) -> list[str]:
    """The resource servers that scopes are of."""
    custom = [each for each in scopes if each not in STANDARD_SCOPES]
    return list(dict.fromkeys(each.rpartition("/")[0] for each in custom))


def of_servers(scopes: Sequence[str], named: Collection[str]) -> list[str]:
    """The scopes of some servers. Those of the pool itself (`openid`, ...) are no server's."""
    return [
        each for each in scopes if each not in STANDARD_SCOPES and each.rpartition("/")[0] in named
    ]


def audience(scopes: Sequence[str], issuer: str) -> list[str]:
    """Whom a token with these scopes is for, where nobody said: the pool itself for its own scopes,
    and the servers of the others (RFC 9068 §3, a default resource indicator)."""
    named = servers(scopes)
    is_for_pool = not named or not STANDARD_SCOPES.isdisjoint(scopes)
    return [issuer, *named] if is_for_pool else named
