"""Keep the reply for the next request, where it may be kept."""

from __future__ import annotations

from dataclasses import replace

from gateway.context import Answered, Reply, Steps
from gateway.effects import KeepCached
from gateway.handlers.read_cache import instead_of
from gateway.response_cache import caching_of, entry_of
from gateway.snapshot import Caching

MISS = "miss"


def write_cache(context: Answered) -> Reply | Steps:
    """The reply, kept under the key that `read_cache` chose."""
    caching = caching_of(context)
    if not context.cache_key or caching is None:
        return context.reply
    return keep(context, caching)


def keep(context: Answered, caching: Caching) -> Steps:
    """The same for a route that is known to keep its replies so."""
    reply = instead_of(context, context.reply)
    if reply is not context.reply:
        return reply
    entry = entry_of(reply, caching, context.request.received_at)
    if entry is not None:
        lifetime = caching.ttl + caching.stale_if_error
        yield KeepCached(context.cache_key, entry, lifetime, encrypted=caching.encrypted)
    return replace(reply, variables={**reply.variables, "cache": MISS})
