"""Remembered devices: they prove themselves by SRP, in place of a second factor."""

from __future__ import annotations

from idp.models import User
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R


def pose(_attempt: Attempt[R], _user: User) -> Challenge | None:
    """DEVICE_SRP_AUTH for a device that the pool remembers; None for any other."""
    return None
