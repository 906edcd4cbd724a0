"""Hashes made by the reference libraries, and files that are made to cost too much."""

from __future__ import annotations

import base64
import hashlib
import time

import bcrypt
import pytest
from argon2 import PasswordHasher

from idp.errors import InvalidParameter
from idp.user_pools.rules import imported_hashes

PASSWORD = "Correct-horse-7 ü"
SALT = b"sixteen-bytes..."


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def pbkdf2(iterations: int = 1_000) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT, iterations)


SCRYPT = hashlib.scrypt(PASSWORD.encode(), salt=SALT, n=1024, r=8, p=1, dklen=32)
HASHES = {
    "bcrypt": ("BCRYPT", bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()),
    "scrypt": ("SCRYPT", f"$scrypt$ln=10,r=8,p=1${encoded(SALT)}${encoded(SCRYPT)}"),
    "argon2id": ("ARGON2ID", PasswordHasher(2, 1024, 2).hash(PASSWORD)),
    "passlib": (
        "PBKDF2_SHA256",
        f"$pbkdf2-sha256$1000${encoded(SALT)}${encoded(pbkdf2())}".replace("+", "."),
    ),
    "phc": ("PBKDF2_SHA256", f"$pbkdf2-sha256$i=1000,l=32${encoded(SALT)}${encoded(pbkdf2())}"),
    "django": (
        "PBKDF2_SHA256",
        f"pbkdf2_sha256$1000${SALT.decode()}${base64.b64encode(pbkdf2()).decode()}",
    ),
}

# passlib 1.7.4: the password is "password".
PUBLISHED = {
    "BCRYPT": "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    "PBKDF2_SHA256": (
        "$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44"
    ),
    "SCRYPT": (
        "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"
    ),
}


@pytest.mark.parametrize("name", HASHES)
def test_a_hash_of_a_reference_library_knows_its_password(name):
    algorithm, hashed = HASHES[name]
    imported_hashes.check_importable(algorithm, hashed)
    assert imported_hashes.verify(hashed, PASSWORD)
    assert not imported_hashes.verify(hashed, PASSWORD + "x")


@pytest.mark.parametrize(
    ("algorithm", "password"),
    [("BCRYPT", "U*U"), ("PBKDF2_SHA256", "password"), ("SCRYPT", "password")],
)
def test_published_vectors_hold(algorithm, password):
    assert imported_hashes.verify(PUBLISHED[algorithm], password)


@pytest.mark.parametrize("name", HASHES)
def test_a_stand_in_has_the_form_and_no_password(name):
    algorithm, hashed = HASHES[name]
    form = imported_hashes.check_importable(algorithm, hashed)
    stand_in = imported_hashes.stand_in(form)
    assert imported_hashes.check_importable(algorithm, stand_in) == form
    assert not imported_hashes.verify(stand_in, PASSWORD)


def test_a_bcrypt_stand_in_costs_what_a_hash_costs():
    hashed = bcrypt.hashpw(b"x", bcrypt.gensalt(8)).decode()
    stand_in = imported_hashes.stand_in(imported_hashes.check_importable("BCRYPT", hashed))

    def cost(each: str) -> float:
        """The least CPU time of some checks, which the machine's other work does not count in."""
        seconds = []
        for _ in range(5):
            began = time.thread_time()
            imported_hashes.verify(each, PASSWORD)
            seconds.append(time.thread_time() - began)
        return min(seconds)

    assert 0.5 < cost(hashed) / cost(stand_in) < 2


def test_a_job_takes_hashes_of_its_own_algorithm():
    with pytest.raises(InvalidParameter, match="not made with SCRYPT"):
        imported_hashes.check_importable("SCRYPT", HASHES["bcrypt"][1])


def test_bcrypt_reads_seventy_two_bytes_as_the_library_did_that_made_the_hash():
    hashed = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert imported_hashes.verify(hashed, "x" * 100)
    assert not imported_hashes.verify(hashed, "x" * 71)


REST = f"${encoded(SALT)}${encoded(SALT * 2)}"
BOMBS = [
    "$2b$15$" + "." * 53,
    "$2b$31$" + "." * 53,
    "$2b$03$" + "." * 53,
    "$2x$10$" + "." * 53,
    "$scrypt$ln=18,r=8,p=1" + REST,
    "$scrypt$ln=17,r=255,p=1" + REST,
    "$scrypt$ln=14,r=8,p=255" + REST,
    "$scrypt$ln=0,r=8,p=1" + REST,
    "$scrypt$ln=64,r=8,p=1" + REST,
    "$argon2id$v=19$m=2097152,t=1,p=4" + REST,
    "$argon2id$v=19$m=65536,t=255,p=4" + REST,
    "$argon2id$v=19$m=65536,t=0,p=4" + REST,
    "$argon2id$v=19$m=8,t=1,p=4" + REST,
    "$argon2id$v=19$m=65536,t=1,p=99" + REST,
    "$argon2id$v=16$m=65536,t=1,p=4" + REST,
    "$argon2i$v=19$m=65536,t=3,p=4" + REST,
    "$pbkdf2-sha256$2000001" + REST,
    "$pbkdf2-sha256$1" + REST,
    f"$pbkdf2-sha256$1000${encoded(SALT)}${encoded(SALT * 4)}",
    f"$pbkdf2-sha256$1000$${encoded(SALT * 2)}",
    f"$pbkdf2-sha256$1000${encoded(SALT * 9)}${encoded(SALT)}",
    "$pbkdf2-sha256$1000$!!!!!!!!$????????",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "password",
    "",
    "$2b$10$" + "." * 600,
    "$2b$10$" + "." * 52 + "\n",
]


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_costs_too_much_or_is_no_hash_is_neither_taken_nor_computed(bomb):
    began = time.thread_time()
    with pytest.raises(InvalidParameter):
        imported_hashes.parse(bomb)
    assert not imported_hashes.verify(bomb, PASSWORD)
    assert time.thread_time() - began < 0.05
