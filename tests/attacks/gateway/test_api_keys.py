"""What somebody tries who has no API key, or wants more of one than its plan gives."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest
from flask import Flask

from gateway.control.account import key_values
from gateway.control.errors import Conflicting, Invalid, Refused
from gateway.effects import FingerprintKey, TakeToken
from gateway.snapshot import PlanOfKey, Throttle
from kernel import settings
from kernel.database import Base, Database
from kernel.sealing import Sealer
from tests.gateway.control.caller import Caller, build_kernel
from tests.gateway.test_throttling import HERE, VALUE, Gate, key


@pytest.fixture
def rest(tmp_path: Path) -> Caller:
    attached = Database.attach(Flask("control"), settings.parse({"instance": str(tmp_path)}))
    Base.metadata.create_all(attached.engine)
    return Caller(build_kernel(attached, tmp_path)).rest


def test_a_copy_of_the_database_holds_no_key_and_tests_no_guess(
    rest: Caller, tmp_path: Path
) -> None:
    rest("CreateApiKey", value=VALUE, name="ada")
    rest.kernel.database.close()

    stored = b"".join(file.read_bytes() for file in tmp_path.glob("poolgate.db*"))

    assert b"ada" in stored
    assert VALUE.encode() not in stored
    for digest in (hashlib.sha256, hashlib.sha1, hashlib.md5):
        assert digest(VALUE.encode()).hexdigest().encode() not in stored
        assert digest(VALUE.encode()).digest() not in stored


def test_a_fingerprint_is_worth_nothing_without_the_sealing_key() -> None:
    ours, theirs = Sealer({1: bytes(32)}), Sealer({1: b"x" * 32})

    assert key_values.fingerprint_of(ours, VALUE) != key_values.fingerprint_of(theirs, VALUE)


def test_a_sealed_value_opens_for_its_own_row_alone() -> None:
    sealer = Sealer({1: bytes(32)})
    sealed = key_values.seal(sealer, "key1", VALUE)

    assert key_values.unseal(sealer, "key1", sealed) == VALUE
    with pytest.raises(ValueError, match="another purpose"):
        key_values.unseal(sealer, "key2", sealed)


def test_no_refusal_and_no_log_line_repeats_a_key(
    rest: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rest("CreateApiKey", value=VALUE)
    said = []
    for value in (VALUE, VALUE[:10], VALUE * 10, f"{VALUE}\n"):
        with pytest.raises((Conflicting, Invalid)) as refused:
            rest("CreateApiKey", value=value)
        said.append(str(refused.value))
    rest.elsewhere(account="111111111111")("CreateApiKey", value=f"{VALUE}-theirs")
    body = f"name,key,enabled\na,{VALUE[:10]},\nb,{VALUE}-theirs,\nc,{VALUE}2,perhaps\n".encode()
    said += rest("ImportApiKeys", body=body, format="csv")["warnings"]

    assert len(said) == 7
    assert VALUE[:10] not in "".join(said) + caplog.text


@pytest.mark.parametrize(
    "value", [f"{VALUE},{VALUE}", f"{VALUE}, x", f" {VALUE}", VALUE.upper(), f"{VALUE}\x00"]
)
def test_only_the_exact_value_opens(value: str) -> None:
    assert Gate(key(PlanOfKey("p1", HERE))).status(value) == 403


def test_how_much_of_a_guess_is_right_cannot_be_measured() -> None:
    """A key is looked up by a keyed digest: of two that differ in one character nothing is alike,
    and every guess of a key's length takes the same steps."""
    sealer, gate = Sealer({1: bytes(32)}), Gate(key(PlanOfKey("p1", HERE)))
    right = key_values.fingerprint_of(sealer, VALUE)

    for length in range(len(VALUE)):
        guess = VALUE[:length] + "~" * (len(VALUE) - length)
        assert key_values.fingerprint_of(sealer, guess)[:6] != right[:6]
        gate.effects.clear()
        assert gate.status(guess) == 403
        assert gate.effects == [FingerprintKey(guess)]


def test_values_that_no_key_has_are_not_even_hashed() -> None:
    gate = Gate(key(PlanOfKey("p1", HERE)))

    for value in ("", "x", "x" * 129, "x" * 10_000):
        assert gate.status(value) == 403

    assert gate.effects == []


def test_a_flood_of_wrong_keys_makes_no_buckets() -> None:
    gate = Gate(key(PlanOfKey("p1", HERE, throttle=Throttle(1, 1))), account=Throttle(1, 1))

    for number in range(200):
        assert gate.status(f"a-wrong-key-of-the-flood-{number}") == 403

    assert {type(effect) for effect in gate.effects} == {FingerprintKey}
    assert gate.status() == 200
    assert sum(isinstance(effect, TakeToken) for effect in gate.effects) == 2


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/" + "a/" * 50_000, "value": "x"},
        {"op": "replace", "path": "/apiStages/a:b/throttle/" + "/" * 5_000 + "/GET/rateLimit"},
        {"op": "replace", "path": "/throttle/rateLimit", "value": "9" * 100_000},
        {"op": "replace", "path": "/throttle/rateLimit", "value": "1e400"},
        {"op": "replace", "path": "/quota/limit", "value": "٣"},
        {"op": "replace", "path": "/quota/limit", "value": "9" * 5_000},
        {"op": "replace", "path": "/", "value": "x"},
        {"op": "test", "path": "/name", "value": "gold"},
        {"op": "copy", "path": "/name", "from": "/description"},
        {"op": "move", "path": "/name", "from": "/id"},
        {"op": "remove", "path": "/apiStages"},
        {"op": "replace"},
    ],
)
def test_odd_patches_are_refused_and_break_nothing(rest: Caller, operation: dict[str, str]) -> None:
    plan = rest("CreateUsagePlan", name="gold")["id"]

    with pytest.raises(Refused):
        rest("UpdateUsagePlan", usagePlanId=plan, patchOperations=[operation])
    with pytest.raises(Refused):
        rest(
            "UpdateUsagePlan",
            usagePlanId=plan,
            patchOperations=[{"op": "replace", "path": "/name", "value": "x"}] * 201,
        )

    assert rest("GetUsagePlan", usagePlanId=plan)["name"] == "gold"
