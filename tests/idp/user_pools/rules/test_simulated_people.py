"""People who do not exist have whatever people have."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from idp.user_pools.rules import passkeys
from idp.user_pools.rules.simulated_people import MOST_PASSKEYS, Simulated, simulated
from idp.user_pools.services.passkeys import MOST_PASSKEYS as MOST_OF_A_USER

EMAIL = frozenset({"email"})


def people(mode: str, plausible: frozenset[str] = frozenset()) -> list[Simulated]:
    settings: dict[str, Any] = {"MfaConfiguration": mode}
    seeds = (hashlib.sha256(str(n).encode()).digest() for n in range(2_000))
    return [simulated(seed, settings, plausible) for seed in seeds]


def test_every_number_of_passkeys_is_possible() -> None:
    found = {
        simulated(bytes(8) + (2**ones - 1).to_bytes(24), {}, EMAIL).passkeys for ones in range(30)
    }
    assert found == set(range(1, MOST_PASSKEYS + 1))
    assert MOST_PASSKEYS == MOST_OF_A_USER
    assert simulated(b"\xff" * 32, {}, EMAIL).passkeys == 0


def test_most_have_no_passkey_and_few_have_many() -> None:
    counts = [person.passkeys for person in people("OFF")]
    assert 0.2 < sum(number > 0 for number in counts) / len(counts) < 0.3
    assert 0.05 < sum(number == 2 for number in counts) / len(counts) < 0.08


@pytest.mark.parametrize("mode", ["OFF", "OPTIONAL", "ON"])
def test_second_factors_are_of_every_kind(mode: str) -> None:
    found = {tuple(person.mfa.get("enabled", ())) for person in people(mode)}
    one, both = ("SOFTWARE_TOKEN_MFA",), ("SOFTWARE_TOKEN_MFA", "WEB_AUTHN")
    assert found == ({one, both} if mode == "ON" else {(), one, both})


def test_addresses_are_those_of_the_name_and_any_other() -> None:
    both = frozenset({"email", "phone_number"})
    assert {person.verified for person in people("OFF", EMAIL)} == {EMAIL, both}
    assert {person.verified for person in people("OFF")} == {
        frozenset(),
        EMAIL,
        frozenset({"phone_number"}),
        both,
    }


def test_every_way_to_reach_a_passkey_is_possible() -> None:
    found = {
        tuple(passkeys.simulated(bytes(65) + bytes((0, ways)) + bytes(29)).transports)
        for ways in range(64)
    }
    assert len(found) == 2 ** len(passkeys.TRANSPORTS)
    assert all(list(each) == passkeys.known_transports(each) for each in found)
