"""A client's side of Cognito's SRP, for load: every known power is computed once."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import gmpy2

# RFC 5054, appendix A: the 3072-bit group.
N_HEX = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33"
    "A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864"
    "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2"
    "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
)
N = gmpy2.mpz(N_HEX, 16)
G = gmpy2.mpz(2)
INFO = b"Caldera Derived Key\x01"


def padded(value: int | gmpy2.mpz) -> bytes:
    """Big-endian, with a zero byte in front where the top bit is set."""
    return int(value).to_bytes(gmpy2.mpz(value).bit_length() // 8 + 1, "big")


def number(data: bytes) -> gmpy2.mpz:
    return gmpy2.mpz(int.from_bytes(hashlib.sha256(data).digest(), "big"))


K = number(padded(N) + padded(G))


@dataclass(frozen=True)
class Ephemeral:
    """A client's key pair. A load generator may use one again; a client must not."""

    a: gmpy2.mpz

    @property
    def public(self) -> str:
        return f"{_power(self.a):x}"


@lru_cache(maxsize=1024)
def _power(exponent: gmpy2.mpz) -> gmpy2.mpz:
    return gmpy2.powmod(G, exponent, N)


@lru_cache(maxsize=4096)
def _private(salt: str, identity: str) -> tuple[gmpy2.mpz, gmpy2.mpz]:
    x = number(padded(int(salt, 16)) + hashlib.sha256(identity.encode()).digest())
    return x, K * _power(x) % N


def answer(
    pool_id: str, password: str, mine: Ephemeral, challenge: Mapping[str, str]
) -> dict[str, str]:
    """The ChallengeResponses of PASSWORD_VERIFIER."""
    pool, user = pool_id.split("_")[1], challenge["USER_ID_FOR_SRP"]
    their_public = gmpy2.mpz(challenge["SRP_B"], 16)
    x, subtrahend = _private(challenge["SALT"], f"{pool}{user}:{password}")
    u = number(padded(_power(mine.a)) + padded(their_public))
    shared = gmpy2.powmod(their_public - subtrahend, mine.a + u * x, N)
    key = hmac.digest(hmac.digest(padded(u), padded(shared), "sha256"), INFO, "sha256")[:16]
    now = datetime.now(UTC)
    timestamp = f"{now:%a %b} {now.day} {now:%H:%M:%S UTC %Y}"
    block = base64.b64decode(challenge["SECRET_BLOCK"])
    message = pool.encode() + user.encode() + block + timestamp.encode()
    signature = base64.b64encode(hmac.digest(key, message, "sha256")).decode()
    return {
        "TIMESTAMP": timestamp,
        "USERNAME": user,
        "PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": signature,
    }
