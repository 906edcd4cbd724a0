"""Proof Key for Code Exchange (RFC 7636), S256 alone: `plain` protects from nobody who can read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

S256 = "S256"

# §4.1 and §4.2: 43 to 128 unreserved characters; S256 challenges are always 43 long.
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")


def is_challenge(text: str) -> bool:
    """Whether a text can be an S256 challenge."""
    return _CHALLENGE.fullmatch(text) is not None


def challenge(verifier: str) -> str:
    """BASE64URL-ENCODE(SHA256(ASCII(code_verifier))), §4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def is_proven(stored: str | None, verifier: str | None) -> bool:
    """Whether a token request proves what the authorization request promised (§4.6).

    A verifier without a challenge is refused too: it shows that the challenge was stripped from
    the authorization request on its way (RFC 9700 §4.8.2, PKCE downgrade).
    """
    if stored is None or verifier is None:
        return stored is None and verifier is None
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(challenge(verifier), stored)
