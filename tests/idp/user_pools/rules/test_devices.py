"""Device keys, group keys and verifiers as values."""

from __future__ import annotations

import base64
import re

import pytest
from pycognito.aws_srp import generate_hash_device

from idp.errors import InvalidParameter
from idp.user_pools.rules import devices
from idp.user_pools.rules.devices import Tracking

KEY = "us-west-2_3f1c7d9e-1f3c-4f43-9f6e-0b0d6d3a9a11"


def test_group_key_is_a_hyphen_and_eight_letters_and_digits():
    made = {devices.group_key(bytes([number]) * 32) for number in range(50)}
    assert all(re.fullmatch("-[a-zA-Z0-9]{8}", each) for each in made)
    assert len(made) == 50
    assert devices.group_key(b"seed") == devices.group_key(b"seed")


@pytest.mark.parametrize("text", [KEY, "ap-southeast-1_" + "f" * 36])
def test_device_key_is_taken(text):
    assert devices.as_device_key(text) == text


@pytest.mark.parametrize("text", [None, "", "x", KEY + "\n", KEY.upper(), "é_0a", "a_" + "0" * 54])
def test_other_text_is_no_device_key(text):
    assert devices.as_device_key(text) is None


def test_verifier_of_a_client_is_read():
    for _ in range(20):  # a client pads where the top bit is set, so half of the time
        _, given = generate_hash_device("-abcdefgh", KEY)
        read = devices.parse_verifier(given)
        number = int.from_bytes(base64.b64decode(given["PasswordVerifier"]))
        assert int.from_bytes(read.verifier) == number
        assert len(read.verifier) == 384
        assert read.salt == base64.b64decode(given["Salt"])


@pytest.mark.parametrize("given", [None, {}, {"PasswordVerifier": "BA==", "Salt": "****"}])
def test_no_verifier_is_refused(given):
    with pytest.raises(InvalidParameter):
        devices.parse_verifier(given)


def test_pool_tracks_where_it_says_anything():
    assert devices.tracking({}) is None
    assert devices.tracking({"DeviceConfiguration": {}}) is None
    settings = {"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True}}
    assert devices.tracking(settings) == Tracking(replaces_second_factor=True, asks_user=False)
