"""USER_SRP_AUTH and PASSWORD_VERIFIER: the password never leaves the client (`rules.srp`)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace

from idp.errors import InvalidSession
from idp.user_pools.rules import srp
from idp.user_pools.services import credentials, lockout
from idp.user_pools.services.sign_in import completion, devices, first_factor, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.sign_in.simulation import stand_in
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.threads import compute

NAME = "PASSWORD_VERIFIER"


def start(attempt: Attempt[R], parameters: Mapping[str, str]) -> Challenge:
    """Answer SRP_A. A user who does not exist, or has no verifier, gets a stable simulation."""
    client_public = parameter(parameters, "SRP_A")
    pool_id, now = attempt.context.pool.id, attempt.kernel.clock.now()
    attempt.kernel.database.look_up(lockout.check, pool_id, attempt.failure_subject, now)
    name, salt, verifier = _identity(attempt)
    private = attempt.kernel.randomness.bytes(srp.PRIVATE_BYTES)
    exchange, server_public = srp.begin(client_public, verifier, private)
    state = base64.b64encode(exchange.to_bytes()).decode()
    flow = "srp" if attempt.history is None else attempt.flow
    pending = sessions.pending(replace(attempt, flow=flow), NAME, state)
    return Challenge(
        NAME,
        {
            "SALT": srp.salt_hex(salt),
            "SECRET_BLOCK": sessions.seal_block(attempt.kernel, attempt.context, pending),
            "SRP_B": server_public,
            "USERNAME": name,
            "USER_ID_FOR_SRP": name,
        },
    )


def respond(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge | R:
    """Check the client's proof. It counts as a password attempt whether the user exists or not."""
    block = parameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK")
    timestamp = parameter(responses, "TIMESTAMP")
    signature = parameter(responses, "PASSWORD_CLAIM_SIGNATURE")
    claim = srp.parse_claim(block, timestamp, signature)
    devices.check_is_known(attempt, responses.get("DEVICE_KEY"))
    sessions.spend(attempt.kernel, attempt.context, pending)
    if (attempt.user.id if attempt.user else None) != pending.user_id:
        raise InvalidSession
    name, _, verifier = _identity(attempt)
    pool = attempt.context.pool
    identity = srp.Identity.of_user(pool.id, name)
    exchange = srp.Exchange.from_bytes(base64.b64decode(pending.state))
    is_fresh = srp.is_timestamp_fresh(timestamp, attempt.kernel.clock.now())
    with lockout.guess(attempt.kernel, pool.id, attempt.failure_subject):
        is_true = claim is not None and compute(
            srp.is_claim_true, exchange, verifier, identity, claim
        )
        if attempt.user is None or not (is_true and is_fresh):
            raise completion.refuse(attempt)
    proved = replace(attempt.proved("PASSWORD"), client_public=exchange.client_public)
    return first_factor.passed(proved, attempt.user)


def open_pending(
    kernel: Kernel,
    context: ClientContext,
    challenge: str,
    _token: str | None,
    responses: Mapping[str, str],
) -> Pending:
    """The secret block carries the state: pycognito sends no Session."""
    block = parameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK")
    return sessions.open_block(kernel, context, challenge, block)


def _identity(attempt: Attempt[R]) -> tuple[str, bytes, bytes]:
    """The name, salt and verifier that the exchange is about.

    Somebody without a verifier (his password came as a hash) is simulated under his own username,
    whichever of his names was typed, as somebody with one would answer.
    """
    user = attempt.user
    if user is not None:
        kept = credentials.open_credential(attempt.kernel, user)
        if kept.salt is not None and kept.verifier is not None:
            return user.username, kept.salt, kept.verifier
        attempt = replace(attempt, username=user.username)
    name, simulated = stand_in(attempt)
    if user is not None:
        name = user.username
    if simulated.salt is None or simulated.verifier is None:
        raise InvalidSession
    return name, simulated.salt, simulated.verifier
