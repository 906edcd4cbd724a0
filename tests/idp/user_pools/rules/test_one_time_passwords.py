"""RFC 6238, Appendix B: the SHA-1 vectors, of whose eight digits six are the last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from idp.user_pools.rules import one_time_passwords as totp

SECRET = b"12345678901234567890"
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert totp.code_at(SECRET, totp.step_of(at(seconds))) == code[-6:]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_code_is_found_at_its_step(seconds: int, code: str) -> None:
    assert totp.matching_step(SECRET, code[-6:], at(seconds)) == seconds // 30


@pytest.mark.parametrize("steps_off", [-1, 0, 1])
def test_clock_may_be_one_step_off(steps_off: int) -> None:
    now = at(1111111109)
    code = totp.code_at(SECRET, totp.step_of(now) + steps_off)
    assert totp.matching_step(SECRET, code, now) == totp.step_of(now) + steps_off


@pytest.mark.parametrize("steps_off", [-2, 2, 100])
def test_clock_may_not_be_further_off(steps_off: int) -> None:
    now = at(1111111109)
    code = totp.code_at(SECRET, totp.step_of(now) + steps_off)
    assert totp.matching_step(SECRET, code, now) is None


@pytest.mark.parametrize("code", ["", "1", "0815", "12345678", "٠٨١٨٠٤", "081804 ", "\x00"])
def test_what_is_no_code_of_six_digits_matches_nothing(code: str) -> None:
    assert totp.matching_step(SECRET, code, at(1111111109)) is None


def test_secret_is_base32_without_padding() -> None:
    text = totp.secret_code(SECRET)
    assert text.isalnum()
    assert len(text) == 32
    assert pyotp.TOTP(text).at(at(59)) == "287082"


def test_address_tells_an_authenticator_everything() -> None:
    address = totp.address(SECRET, "ada@example.com", "Light & House")
    parsed = pyotp.parse_uri(address)
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.name, parsed.issuer) == ("ada@example.com", "Light & House")
    assert parsed.at(at(59) + timedelta(0)) == "287082"
