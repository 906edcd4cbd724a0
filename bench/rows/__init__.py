"""One module for each measurement: `measure(stage)` prepares it and answers its contestants.

The order is that of the table.
"""

from __future__ import annotations

from bench.rows import (
    added_latency,
    blueprint_fresh_proxy,
    blueprint_proxy,
    client_credentials,
    code_exchange,
    hub_lag,
    look_up,
    memory,
    password_sign_in,
    refresh,
    response_cache,
    srp_sign_in,
    start,
    throttle,
    verification,
)

ROWS = {
    "password_sign_in": password_sign_in.measure,
    "srp_sign_in": srp_sign_in.measure,
    "hub_lag": hub_lag.measure,
    "refresh": refresh.measure,
    "code_exchange": code_exchange.measure,
    "client_credentials": client_credentials.measure,
    "blueprint_proxy": blueprint_proxy.measure,
    "blueprint_fresh_proxy": blueprint_fresh_proxy.measure,
    "response_cache": response_cache.measure,
    "added_latency": added_latency.measure,
    "throttle": throttle.measure,
    "verification": verification.measure,
    "look_up_by_username": look_up.by_username,
    "look_up_by_alias": look_up.by_alias,
    "look_up_by_sub": look_up.by_sub,
    "start": start.measure,
    "memory": memory.measure,
}
