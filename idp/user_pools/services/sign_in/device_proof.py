"""DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a device proves the password that it made for
itself (`rules.srp`, with DeviceGroupKey and DeviceKey in place of pool and user).

Both begin with state that only a right first factor makes: a Session, or the SRP_A of the password
proof (`devices.key_without_session`); then SECRET_BLOCK. It names user, device and sign-in.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from idp.errors import DeviceNotFound, InvalidSession
from idp.models import Device, User
from idp.user_pools.rules import srp
from idp.user_pools.rules.devices import as_device_key
from idp.user_pools.services import devices as stored_devices
from idp.user_pools.services import lockout
from idp.user_pools.services.sign_in import completion, devices, ending, second_factor, sessions
from idp.user_pools.services.sign_in import secure_remote_password as password_proof
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.threads import compute

NAME = "DEVICE_PASSWORD_VERIFIER"

open_pending = password_proof.open_pending


def begin(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge:
    """Answer a device's SRP_A. Raises `DeviceNotFound`, which leaves the Session usable."""
    client_public = parameter(responses, "SRP_A")
    kernel, context = attempt.kernel, attempt.context
    user, device = _subject(attempt, pending, responses)
    now = kernel.clock.now()
    kernel.database.look_up(lockout.check, context.pool.id, attempt.failure_subject, now)
    verifier = stored_devices.open_verifier(kernel, device)
    private = kernel.randomness.bytes(srp.PRIVATE_BYTES)
    exchange, server_public = srp.begin(client_public, verifier, private)
    sessions.spend(kernel, context, pending)
    state = base64.b64encode(exchange.to_bytes()).decode()
    block = sessions.seal_block(kernel, context, sessions.pending(attempt, NAME, state))
    return Challenge(
        NAME,
        {
            "DEVICE_KEY": device.device_key,
            "SALT": srp.salt_hex(device.salt or b""),
            "SECRET_BLOCK": block,
            "SRP_B": server_public,
            "USERNAME": user.username,
        },
    )


def respond(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge | R:
    """Check the device's proof. A wrong one counts as a wrong password does."""
    block = parameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK")
    timestamp = parameter(responses, "TIMESTAMP")
    signature = parameter(responses, "PASSWORD_CLAIM_SIGNATURE")
    claim = srp.parse_claim(block, timestamp, signature)
    kernel, pool = attempt.kernel, attempt.context.pool
    user, device = _subject(attempt, pending, responses)
    sessions.spend(kernel, attempt.context, pending)
    verifier = stored_devices.open_verifier(kernel, device)
    identity = srp.Identity.of_device(device.group_key, device.device_key)
    exchange = srp.Exchange.from_bytes(base64.b64decode(pending.state))
    is_fresh = srp.is_timestamp_fresh(timestamp, kernel.clock.now())
    with lockout.guess(kernel, pool.id, attempt.failure_subject):
        is_true = claim is not None and compute(
            srp.is_claim_true, exchange, verifier, identity, claim
        )
        if not (is_true and is_fresh):
            raise completion.refuse(attempt)
    proved = attempt.proved(devices.NAME)
    if proved.history is None and not devices.stand_in(proved):
        second_factor.check_not_owed(proved, user)
    return ending.finish(proved, user)


def open_posed(
    kernel: Kernel,
    context: ClientContext,
    challenge: str,
    token: str | None,
    responses: Mapping[str, str],
) -> Pending:
    """The Session, or what waits for a client that sends none. Raises `InvalidSession`."""
    if token:
        return sessions.open_session(kernel, context, challenge, token)
    device = as_device_key(parameter(responses, "DEVICE_KEY"))
    client_public = srp.parse_client_public(parameter(responses, "SRP_A"))
    key = devices.key_without_session(kernel, context, device or "", client_public)
    kept = kernel.shared_state.get(key)
    if kept is None:
        raise InvalidSession
    return sessions.open_session(kernel, context, challenge, kept.decode())


def _subject(
    attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]
) -> tuple[User, Device]:
    """Who signs in on what, as they are now: the device for which the challenge was posed, and no
    other one, even of the same user."""
    user, key = attempt.user, pending.device_key
    if user is None or user.id != pending.user_id or not key:
        raise InvalidSession
    completion.check_state(user)
    if parameter(responses, "DEVICE_KEY") != key:
        raise DeviceNotFound
    device = attempt.kernel.database.look_up(stored_devices.find, user.id, key)
    if device is None or not devices.can_prove_itself(device):
        raise DeviceNotFound
    return user, device
