"""Time-based one-time passwords (RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
"""RFC 4226 §4 R6: "This document RECOMMENDs a shared secret length of 160 bits." """
TOLERANCE = 1
"""Steps that a clock may be off: RFC 6238 §5.2 recommends one for the delay of the network."""


def secret_code(secret: bytes) -> str:
    """The secret as authenticators take it: base32, without padding (SecretCodeType)."""
    return base64.b32encode(secret).decode().rstrip("=")


def step_of(now: datetime) -> int:
    """How many steps have passed since the epoch."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The code of one step."""
    return pyotp.HOTP(secret_code(secret), digits=DIGITS).at(step)


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The newest step near `now` that has this code; every one is compared, in constant time.

    RFC 6238 §5.2: "The verifier MUST NOT accept the second attempt of the OTP": the caller
    remembers the step, and takes only later ones.
    """
    given = code.encode() if code.isascii() else b""
    present, found = step_of(now), None
    for step in range(present - TOLERANCE, present + TOLERANCE + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given):
            found = step
    return found


def address(secret: bytes, account: str, issuer: str) -> str:
    """The otpauth URI that an authenticator reads from a QR code."""
    totp = pyotp.TOTP(secret_code(secret), digits=DIGITS, interval=STEP_SECONDS)
    return totp.provisioning_uri(name=account, issuer_name=issuer)
