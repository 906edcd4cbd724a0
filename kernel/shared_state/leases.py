"""Token buckets that live in Valkey and are spent from memory.

Asking Valkey for each request would cost several times the request itself, so a worker leases
tokens in blocks (`buckets.lease_size`) and spends them within `LEASE_SECONDS`; what is left then
lapses. A leased token has left the bucket, so:

- the first `burst` requests of a full bucket pass, and no further one before the bucket gains;
- in any window of T seconds at most `burst + rate * (T + LEASE_SECONDS)` requests pass, over all
  workers of all nodes: a token spent in the window was leased at most LEASE_SECONDS before it.
  That is the overshoot bound: a tenth of a second's worth of `rate`. Where `burst` is less than
  32 or `rate` less than 20 tokens are leased one by one;
- a worker that stops in mid-block wastes at most a sixteenth of `burst`.

A refusal is remembered until the bucket has gained a token, so that a flood is refused from
memory as well.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from kernel.shared_state import buckets
from kernel.shared_state.connection import Connection
from kernel.shared_state.expiring import Expiring

MOST_LEASES = 100_000
REFUSAL_SECONDS = 0.25

# The server's own clock, so that nodes whose clocks differ share one bucket. Near its bottom a
# bucket gives at most a quarter of what is left, so that every worker gets a share.
LEASE = """
local rate, burst, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local tokens, at = burst, now
local state = redis.call('GET', KEYS[1])
if state then
  local left, since = string.match(state, '^(%S+) (%S+)$')
  tokens = math.min(burst, tonumber(left) + math.max(0, now - tonumber(since)) * rate)
end
local granted = 0
if tokens >= 1 - 0.000001 then
  granted = math.max(1, math.min(want, math.floor(tokens / 4)))
end
tokens = tokens - granted
local longest = tonumber(ARGV[4])
local full_in = math.min(longest, math.ceil((burst - tokens) / rate * 1000) + 1)
redis.call('SET', KEYS[1], string.format('%.9f %.6f', tokens, now), 'PX', full_in)
return {granted, math.min(longest, math.max(0, math.ceil((1 - tokens) / rate * 1000)))}
"""

LONGEST_MILLISECONDS = 366 * 24 * 3600 * 1000
"""For so long a bucket is remembered that takes longer to fill. Of a rate next to nothing Valkey
would not take the number."""


@dataclass
class Lease:
    """Tokens in hand until `lapses`; no use in asking before `refused_until`."""

    size: int = 0
    tokens: int = 0
    lapses: float = 0.0
    refused_until: float = 0.0


class Leases:
    """The leases of one worker. Raises redis-py's errors when a lease cannot be asked for."""

    def __init__(self, connection: Connection) -> None:
        self._lease = connection.client.register_script(LEASE)
        self._leases: Expiring[Lease] = Expiring(MOST_LEASES)
        self._lock = threading.Lock()

    def spend(self, bucket: str, now: float) -> bool | None:
        """True or False when memory knows the answer, None when Valkey must be asked."""
        with self._lock:
            lease = self._leases.get(bucket, now)
            if lease is None:
                return None
            if lease.tokens and now < lease.lapses:
                lease.tokens -= 1
                return True
            return False if now < lease.refused_until else None

    def ask(self, bucket: str, rate: float, burst: int, now: float) -> bool:
        """Lease a block and spend its first token. Waits for Valkey."""
        held = self._leases.get(bucket, now)
        previous = held.size if held and now < held.lapses else 0
        wanted = buckets.lease_size(rate, burst, previous)
        granted, wait = self._lease(
            keys=[f"poolgate:bucket:{bucket}"], args=[rate, burst, wanted, LONGEST_MILLISECONDS]
        )
        with self._lock:
            self._remember(bucket, granted, wait / 1000, now)
        return bool(granted)

    def _remember(self, bucket: str, granted: int, wait: float, now: float) -> None:
        lease = self._leases.get(bucket, now) or Lease()
        if now >= lease.lapses:
            lease.tokens = 0
        if granted:
            lease.size = granted
            lease.tokens += granted - 1
            lease.lapses = now + buckets.LEASE_SECONDS
        else:
            lease.refused_until = now + min(wait, REFUSAL_SECONDS)
        good_until = max(lease.lapses, lease.refused_until)
        self._leases.put(bucket, lease, good_until, now)
