"""The server's side of Cognito's SRP: SRP-6a (RFC 5054) with Cognito's padding and key.

    InitiateAuth            A           → exchange = begin(A, verifier, 256 random bits)
    PASSWORD_VERIFIER       signature   → is_claim_true(exchange, verifier, identity, claim)

    k = H(pad N | pad g)          x = H(pad salt | H(scope name ":" password))      v = g^x
    B = k v + g^b                 u = H(pad A | pad B)                              S = (A v^u)^b
    K = HKDF-SHA256(salt = pad u, input = pad S, info = "Caldera Derived Key"), 16 bytes

Between the two requests the caller keeps `Exchange.to_bytes()` where nobody else can read it:
whoever knows b and the verifier can make a valid claim. `begin` and `check_password` take 0.15 ms,
`is_claim_true` 1 ms, which is work for `kernel.threads.compute`.

There is no published specification; the formulas are those of amazon-cognito-identity-js
(AuthenticationHelper) and are checked in the tests against pycognito and a second derivation.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from idp.errors import InvalidParameter
from idp.user_pools.rules.srp_group import (
    ELEMENT_BYTES,
    EXPONENT_BITS,
    GENERATOR,
    MODULUS,
    generator_power,
    power,
)

SALT_BYTES = 16
PRIVATE_BYTES = EXPONENT_BITS // 8
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a client's clock may be off; more than this fails on AWS too."""

_SESSION_KEY_INFO = b"Caldera Derived Key\x01"
_SESSION_KEY_BYTES = 16
_MAX_PUBLIC_HEX = 2 * ELEMENT_BYTES + 2
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Identity:
    """Whom a verifier belongs to, as it enters the hashes.

    For a user: the pool id's part after `_`, and USER_ID_FOR_SRP. For a device: DeviceGroupKey
    and DeviceKey. Nothing else differs between the two.
    """

    scope: str
    name: str

    @classmethod
    def of_user(cls, pool_id: str, username: str) -> Identity:
        return cls(pool_id.partition("_")[2], username)

    @classmethod
    def of_device(cls, device_group_key: str, device_key: str) -> Identity:
        return cls(device_group_key, device_key)


@dataclass(frozen=True)
class Exchange:
    """What the server remembers between the two requests: A, b and u."""

    client_public: int
    private: int
    scrambling: int

    def to_bytes(self) -> bytes:
        return (
            self.client_public.to_bytes(ELEMENT_BYTES)
            + self.private.to_bytes(PRIVATE_BYTES)
            + self.scrambling.to_bytes(PRIVATE_BYTES)
        )

    @classmethod
    def from_bytes(cls, state: bytes) -> Exchange:
        """The inverse of `to_bytes`. Raises `ValueError` for a state of another length."""
        if len(state) != ELEMENT_BYTES + 2 * PRIVATE_BYTES:
            raise ValueError("not the state of an SRP exchange")
        public, rest = state[:ELEMENT_BYTES], state[ELEMENT_BYTES:]
        private, scrambling = rest[:PRIVATE_BYTES], rest[PRIVATE_BYTES:]
        return cls(int.from_bytes(public), int.from_bytes(private), int.from_bytes(scrambling))


@dataclass(frozen=True)
class PasswordClaim:
    """A client's proof. `secret_block` is decoded; `timestamp` is the text as it was sent."""

    secret_block: bytes
    timestamp: str
    signature: bytes


@dataclass(frozen=True)
class SimulatedUser:
    """What an SRP challenge says about a user who does not exist."""

    user_id: str
    salt: bytes


def pad(number: int) -> bytes:
    """The shortest big-endian bytes whose top bit is clear, as Java's BigInteger writes them."""
    return number.to_bytes(number.bit_length() // 8 + 1)


def salt_hex(salt: bytes) -> str:
    """SALT for the wire: an integer without leading zeros, which all clients pad alike."""
    return f"{int.from_bytes(salt):x}"


def make_verifier(identity: Identity, password: str, salt: bytes) -> bytes:
    """The verifier to store: g^x, 384 bytes."""
    return generator_power(_private_key(identity, password, salt)).to_bytes(ELEMENT_BYTES)


def check_password(identity: Identity, password: str, salt: bytes, verifier: bytes) -> bool:
    """Whether a plain password is the one that `verifier` was made from."""
    return hmac.compare_digest(make_verifier(identity, password, salt), verifier)


def begin(client_public_hex: str, verifier: bytes, private: bytes) -> tuple[Exchange, str]:
    """Answer SRP_A: the exchange to remember, and SRP_B in hex.

    `private` is b: 32 fresh random bytes. Raises `InvalidParameter` for an A that is not a number
    of the group; A mod N = 0 would make S zero for every password (RFC 5054 §2.5.4).
    """
    if len(private) != PRIVATE_BYTES:
        raise ValueError("b must have 256 bits")
    a = parse_client_public(client_public_hex)
    b = int.from_bytes(private)
    server_public = (_MULTIPLIER * int.from_bytes(verifier) + generator_power(b)) % MODULUS
    return Exchange(a, b, scrambling_parameter(a, server_public)), f"{server_public:x}"


def scrambling_parameter(client_public: int, server_public: int) -> int:
    """u. Raises `InvalidParameter` for zero, with which the verifier would not matter."""
    u = _hash_number(pad(client_public), pad(server_public))
    if u == 0:
        raise InvalidParameter("Invalid SRP_A")
    return u


def session_key(exchange: Exchange, verifier: bytes) -> bytes:
    """K, with which both sides sign."""
    blinded = exchange.client_public * power(int.from_bytes(verifier), exchange.scrambling)
    shared = power(blinded % MODULUS, exchange.private)
    pseudorandom_key = hmac.digest(pad(exchange.scrambling), pad(shared), "sha256")
    return hmac.digest(pseudorandom_key, _SESSION_KEY_INFO, "sha256")[:_SESSION_KEY_BYTES]


def is_claim_true(
    exchange: Exchange, verifier: bytes, identity: Identity, claim: PasswordClaim
) -> bool:
    """Whether the client knows the password. The caller checks `is_timestamp_fresh` as well."""
    expected = sign(session_key(exchange, verifier), identity, claim.secret_block, claim.timestamp)
    return hmac.compare_digest(expected, claim.signature)


def sign(key: bytes, identity: Identity, secret_block: bytes, timestamp: str) -> bytes:
    """PASSWORD_CLAIM_SIGNATURE, undecorated."""
    message = _utf8(identity.scope + identity.name) + secret_block + _utf8(timestamp)
    return hmac.digest(key, message, "sha256")


def parse_claim(secret_block: str, timestamp: str, signature: str) -> PasswordClaim | None:
    """A claim from the wire's base64, or None where it cannot be one."""
    try:
        return PasswordClaim(
            base64.b64decode(secret_block, validate=True),
            timestamp,
            base64.b64decode(signature, validate=True),
        )
    except (binascii.Error, ValueError):
        return None


def is_timestamp_fresh(timestamp: str, now: datetime) -> bool:
    """Whether TIMESTAMP is in Cognito's one form and at most five minutes away from `now`.

    Measured on AWS: `Sep 05` for `Sep 5` and a wrong weekday are refused like a wrong password.
    """
    moment = parse_timestamp(timestamp)
    return moment is not None and abs(now - moment) <= CLOCK_TOLERANCE


def parse_timestamp(timestamp: str) -> datetime | None:
    """The moment that `Mon Nov 2 01:02:03 UTC 2026` names, or None for any other form."""
    found = re.fullmatch(
        r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d\d):(\d\d):(\d\d) UTC (\d{4})",
        timestamp,
        re.ASCII,
    )
    if not found or found[1] not in _MONTHS:
        return None
    day, hour, minute, second, year = (int(part) for part in found.groups()[1:])
    try:
        month = _MONTHS.index(found[1]) + 1
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return moment if format_timestamp(moment) == timestamp else None


def format_timestamp(moment: datetime) -> str:
    """TIMESTAMP as clients write it: English whatever the locale, the day not padded."""
    utc = moment.astimezone(UTC)
    weekday, month = _WEEKDAYS[utc.weekday()], _MONTHS[utc.month - 1]
    return f"{weekday} {month} {utc.day} {utc:%H:%M:%S} UTC {utc.year:04d}"


def simulate_user(seed: bytes, typed_name: str, *, generated_usernames: bool) -> SimulatedUser:
    """The user that a client sees where there is none: stable, and in the pool's own form.

    `seed` is 32 bytes derived from a secret, the pool and the name (`Sealer.derive`). A pool that
    generates usernames answers a UUID, any other one the name that was typed.
    """
    expanded = hashlib.shake_256(b"simulated SRP user" + seed).digest(SALT_BYTES * 2)
    salt, identifier = expanded[:SALT_BYTES], expanded[SALT_BYTES:]
    user_id = str(uuid.UUID(bytes=identifier, version=4)) if generated_usernames else typed_name
    return SimulatedUser(user_id, salt)


def simulate_verifier(seed: bytes) -> bytes:
    """A number of the right kind that nobody knows a password for, so that `begin` and
    `is_claim_true` do the same work as for a user who exists.

    All who are missing in a pool may share it: B hides it behind a random number each time, and no
    proof is held to be true by it. Making it takes longer than opening a real one.
    """
    expanded = hashlib.shake_256(b"simulated SRP verifier" + seed).digest(ELEMENT_BYTES + 16)
    root = int.from_bytes(expanded) % MODULUS
    # Verifiers are powers of 2, which is a square modulo N; so is this.
    return (root * root % MODULUS).to_bytes(ELEMENT_BYTES)


def _private_key(identity: Identity, password: str, salt: bytes) -> int:
    """x."""
    inner = hashlib.sha256(_utf8(f"{identity.scope}{identity.name}:{password}")).digest()
    return _hash_number(pad(int.from_bytes(salt)), inner)


def parse_client_public(text: str) -> int:
    """A. Raises `InvalidParameter` for what is not a number of the group."""
    if not text:
        raise InvalidParameter("Missing required parameter SRP_A")
    if len(text) > _MAX_PUBLIC_HEX or not re.fullmatch(r"[0-9a-fA-F]+", text):
        raise InvalidParameter("Invalid SRP_A")
    number = int(text, 16)
    if not 0 < number < MODULUS:
        raise InvalidParameter("Invalid SRP_A")
    return number


def _utf8(text: str) -> bytes:
    """Any text that a request can hold, half surrogate pairs included, so that none is an error."""
    return text.encode("utf-8", "surrogatepass")


def _hash_number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest())


_MULTIPLIER = _hash_number(pad(MODULUS), pad(GENERATOR))
