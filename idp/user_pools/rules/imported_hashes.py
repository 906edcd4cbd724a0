"""Password hashes of other systems: which ones are taken, what they may cost, and checking them.

The forms are those that the reference libraries and their users write: bcrypt's crypt form, the
PHC form of argon2id and scrypt, and for PBKDF2 passlib's, PHC's and Django's. Costs are bounded,
because each sign-in pays them: a file of hashes must not be able to hold a server up.

A hash's *form* is what decides its cost, without salt and digest: "$2b$12". `stand_in` makes a hash
of a form that no password has, so that somebody who does not exist can cost what others do.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import bcrypt
from argon2.low_level import Type, hash_secret_raw

from idp.errors import InvalidParameter

LONGEST = 512

BCRYPT_COSTS = range(4, 15)
"""2^14 rounds take about a second."""
SCRYPT_MOST_MEMORY = 128 * 2**20
"""Bytes: 128 * N * r. OWASP's N = 2^17, r = 8 fits."""
SCRYPT_MOST_WORK = 2**21
"""N * r * p."""
ARGON2_MEMORY = range(8, 131_073)
"""KiB."""
ARGON2_MOST_WORK = 524_288
"""KiB times passes: about half a second."""
PBKDF2_ITERATIONS = range(1_000, 2_000_001)

_BCRYPT_BYTES = 72
_SALT_BYTES = range(8, 65)
_DIGEST_BYTES = range(16, 65)
# More than one block of SHA-256 would multiply the work (RFC 8018 §5.2).
_PBKDF2_DIGEST_BYTES = range(16, 33)
_UNKNOWN = bytes(16)

_BCRYPT = re.compile(r"(\$2[aby]\$)(\d\d)\$([./A-Za-z0-9]{53})")
_SCRYPT = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([^$]+)\$([^$]+)")
_ARGON2ID = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)
_PBKDF2 = re.compile(r"\$pbkdf2-sha256\$(?:i=)?(\d{1,8})(?:,l=\d{1,3})?\$([^$]+)\$([^$]+)")
_DJANGO = re.compile(r"pbkdf2_sha256\$(\d{1,8})\$([!-#%-~]{1,64})\$([^$]+)")


@dataclass(frozen=True, repr=False)
class ImportedHash:
    """A hash that was taken apart. `derive` makes the digest of a password."""

    algorithm: str
    """PasswordHashingAlgorithmType."""
    form: str
    digest: bytes
    derive: Callable[[bytes], bytes]


def parse(hashed: str) -> ImportedHash:
    """Raises `InvalidParameter` for what is no such hash, or costs too much."""
    if len(hashed) <= LONGEST:
        for pattern, read in _READERS.items():
            match = pattern.fullmatch(hashed)
            if match is not None:
                return read(match)
    raise InvalidParameter("The password hash has no form that can be imported.")


def check_importable(algorithm: str, hashed: str) -> str:
    """The form of a hash that an import job of this algorithm brings. Raises as `parse` does."""
    parsed = parse(hashed)
    if parsed.algorithm != algorithm:
        raise InvalidParameter(f"The password hash was not made with {algorithm}.")
    return parsed.form


def verify(hashed: str, password: str) -> bool:
    """Whether it is this password's hash. Takes long: run it with `compute`."""
    try:
        parsed = parse(hashed)
        derived = parsed.derive(password.encode("utf-8", "surrogatepass"))
    except (InvalidParameter, ValueError):
        return False
    return hmac.compare_digest(derived, parsed.digest)


def stand_in(form: str) -> str:
    """A hash of that form that no password is known for, made without hashing anything."""
    salt = base64.b64encode(_UNKNOWN).decode().rstrip("=")
    digest = base64.b64encode(_UNKNOWN * 2).decode().rstrip("=")
    if form.startswith("$2"):
        return f"{form}${'.' * 53}"
    return f"{form}${salt}${digest}"


def _bcrypt(match: re.Match[str]) -> ImportedHash:
    _check("bcrypt cost", int(match[2]), BCRYPT_COSTS)
    whole = match[0].encode()

    def derive(password: bytes) -> bytes:
        # bcrypt reads 72 bytes; the libraries that made the hash dropped what came after them.
        return bcrypt.hashpw(password[:_BCRYPT_BYTES], whole)

    return ImportedHash("BCRYPT", match[1] + match[2], whole, derive)


def _scrypt(match: re.Match[str]) -> ImportedHash:
    log_n, r, p = int(match[1]), int(match[2]), int(match[3])
    _check("scrypt cost", log_n, range(1, 21))
    n = 1 << log_n
    _check("scrypt memory", 128 * n * r, range(128, SCRYPT_MOST_MEMORY + 1))
    _check("scrypt work", n * r * p, range(1, SCRYPT_MOST_WORK + 1))
    salt, digest = _decode(match[4], _SALT_BYTES), _decode(match[5], _DIGEST_BYTES)

    def derive(password: bytes) -> bytes:
        most = 2 * SCRYPT_MOST_MEMORY
        return hashlib.scrypt(password, salt=salt, n=n, r=r, p=p, maxmem=most, dklen=len(digest))

    return ImportedHash("SCRYPT", f"$scrypt$ln={log_n},r={r},p={p}", digest, derive)


def _argon2id(match: re.Match[str]) -> ImportedHash:
    memory, passes, lanes = int(match[1]), int(match[2]), int(match[3])
    _check("argon2id parallelism", lanes, range(1, 17))
    _check(
        "argon2id memory", memory, range(max(ARGON2_MEMORY.start, 8 * lanes), ARGON2_MEMORY.stop)
    )
    _check("argon2id work", memory * passes, range(1, ARGON2_MOST_WORK + 1))
    salt, digest = _decode(match[4], _SALT_BYTES), _decode(match[5], _DIGEST_BYTES)

    def derive(password: bytes) -> bytes:
        return hash_secret_raw(password, salt, passes, memory, lanes, len(digest), Type.ID)

    form = f"$argon2id$v=19$m={memory},t={passes},p={lanes}"
    return ImportedHash("ARGON2ID", form, digest, derive)


def _pbkdf2(match: re.Match[str]) -> ImportedHash:
    return _pbkdf2_of(int(match[1]), _decode(match[2], _SALT_BYTES), match[3])


def _django(match: re.Match[str]) -> ImportedHash:
    return _pbkdf2_of(int(match[1]), match[2].encode(), match[3])


def _pbkdf2_of(iterations: int, salt: bytes, encoded: str) -> ImportedHash:
    _check("PBKDF2 iterations", iterations, PBKDF2_ITERATIONS)
    digest = _decode(encoded, _PBKDF2_DIGEST_BYTES)

    def derive(password: bytes) -> bytes:
        return hashlib.pbkdf2_hmac("sha256", password, salt, iterations, len(digest))

    return ImportedHash("PBKDF2_SHA256", f"$pbkdf2-sha256${iterations}", digest, derive)


def _check(what: str, value: int, allowed: range) -> None:
    if value not in allowed:
        raise InvalidParameter(
            f"The password hash has a {what} outside of {allowed.start} to {allowed.stop - 1}."
        )


def _decode(text: str, lengths: range) -> bytes:
    """Base64 with or without padding; passlib writes a dot for the plus."""
    bare = text.rstrip("=").replace(".", "+")
    try:
        decoded = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) not in lengths:
        raise InvalidParameter("The password hash has a salt or digest that cannot be read.")
    return decoded


_READERS: Mapping[re.Pattern[str], Callable[[re.Match[str]], ImportedHash]] = {
    _BCRYPT: _bcrypt,
    _SCRYPT: _scrypt,
    _ARGON2ID: _argon2id,
    _PBKDF2: _pbkdf2,
    _DJANGO: _django,
}
