"""Remembered devices: they prove themselves by SRP, in place of a second factor or after it.

    first factor → DEVICE_SRP_AUTH → DEVICE_PASSWORD_VERIFIER → tokens
    first factor → a second factor → DEVICE_SRP_AUTH → DEVICE_PASSWORD_VERIFIER → tokens

The first where ChallengeRequiredOnNewDevice says so, the second elsewhere. `device_proof` answers
the challenges. A pool that tracks no devices pays nothing for any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from idp.errors import DeviceNotFound
from idp.models import Device, User
from idp.user_pools.rules.devices import as_device_key, device_key, tracking
from idp.user_pools.services import devices
from idp.user_pools.services.sign_in import sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R
from idp.user_pools.services.sign_in.risk import Decision
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.token_sets import NewDevice
from idp.user_pools.services.tokens import new_id
from kernel.runtime import Kernel
from kernel.statements import Rows

NAME = "DEVICE_SRP_AUTH"


@dataclass(frozen=True)
class Binding:
    """The device that a sign-in is bound to, and what its client must learn of a new one."""

    device_key: str | None = None
    new: NewDevice | None = None


def check_is_known(attempt: Attempt[R], given: str | None) -> None:
    """Raises `DeviceNotFound` where the client claims a device that the user does not have.

    amazon-cognito-identity-js sends DEVICE_KEY once more with its password proof, and repeats the
    proof without it after this error: it comes before the proof is looked at or spent. It is the
    same for a user who does not exist.
    """
    if not given or tracking(attempt.context.pool.settings) is None:
        return
    user_id = attempt.user.id if attempt.user else sessions.NOBODY
    if _find(attempt, user_id, as_device_key(given)) is None:
        raise DeviceNotFound


def pose_instead(attempt: Attempt[R], user: User, decision: Decision) -> Challenge | None:
    """DEVICE_SRP_AUTH in place of a second factor, where the pool has remembered devices do that.

    Not where threat protection asks for a second factor: a device that was taken over proves
    itself as well as before.
    """
    if decision is not Decision.ALLOW or not stand_in(attempt):
        return None
    return pose(attempt, user)


def stand_in(attempt: Attempt[R]) -> bool:
    """Whether remembered devices take the place of a second factor in the pool."""
    tracked = tracking(attempt.context.pool.settings)
    return tracked is not None and tracked.replaces_second_factor


def pose(attempt: Attempt[R], user: User) -> Challenge | None:
    """DEVICE_SRP_AUTH for a device that the pool remembers and that has not been proved yet; None
    for any other."""
    kernel, context = attempt.kernel, attempt.context
    if tracking(context.pool.settings) is None or NAME in attempt.factors:
        return None
    device = _find(attempt, user.id, attempt.device_key)
    if device is None or not can_prove_itself(device):
        return None
    session = sessions.seal(kernel, context, sessions.pending(attempt, NAME))
    if attempt.client_public is not None:
        key = key_without_session(kernel, context, device.device_key, attempt.client_public)
        kernel.shared_state.set(key, session.encode(), sessions.lifetime(context))
    return Challenge(NAME, {"USERNAME": user.username, "DEVICE_KEY": device.device_key}, session)


def can_prove_itself(device: Device) -> bool:
    return device.remembered and device.sealed_verifier is not None


def key_without_session(
    kernel: Kernel, context: ClientContext, device: str, client_public: int
) -> str:
    """Where the Session waits for a client that will not send it (pycognito).

    Such a client goes on with the SRP_A of its password proof. It was sent over TLS, to us alone,
    and nobody guesses it: only who has proved the password of this sign-in can name it.
    """
    named = kernel.sealer.derive(NAME, context.client.id, device, f"{client_public:x}")
    return f"device-session:{named.hex()}"


def bind(rows: Rows, attempt: Attempt[R], user: User, now: datetime) -> Binding:
    """The device of a sign-in that is recorded in this unit: the known one that the client named,
    or a new one.

    Raises `DeviceNotFound` where the sign-in relies on a device that was forgotten meanwhile, or is
    no longer remembered.
    """
    kernel, pool, claimed = attempt.kernel, attempt.context.pool, attempt.device_key
    is_proved = NAME in attempt.factors
    is_tracked = tracking(pool.settings) is not None
    address = attempt.circumstances.address
    if (
        is_tracked
        and claimed
        and devices.record_sign_in(rows, user.id, claimed, now, address, remembered=is_proved)
    ):
        return Binding(claimed)
    if is_proved:
        raise DeviceNotFound
    if not is_tracked:
        return Binding()
    key = device_key(pool.region, new_id(kernel))
    return Binding(key, NewDevice(key, devices.group_key(kernel, pool.id, key)))


def _find(attempt: Attempt[R], user_id: str, key: str | None) -> Device | None:
    return attempt.kernel.database.look_up(devices.find, user_id, key) if key else None
