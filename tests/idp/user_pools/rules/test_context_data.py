"""EncodedData is read where it can be, and never trusted to be well made."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from idp.errors import InvalidParameter
from idp.user_pools.rules import context_data
from idp.user_pools.rules.context_data import Described, device_name, read_encoded

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/128.0 Safari/537.36 Edg/128.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605.1 Version/17.0 Safari/604.1"


def encoded(context: Any) -> str:
    payload = json.dumps({"contextData": context, "username": "ada", "timestamp": "1"})
    whole = {"payload": payload, "signature": "c2ln", "version": "JS20171115"}
    return base64.b64encode(json.dumps(whole).encode()).decode()


def test_a_device_is_read() -> None:
    context = {"DeviceId": "d-1", "DeviceName": "Ada's phone", "ClientTimezone": "+02:00"}
    assert read_encoded(encoded(context)) == Described("d-1", "Ada's phone", "+02:00")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "!!!",
        "bm90IGpzb24=",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"payload": 7}').decode(),
        base64.b64encode(b'{"payload": "[1]"}').decode(),
        base64.b64encode(b'{"payload": "' + b"[" * 5000 + b'"}').decode(),
        encoded([]),
        encoded({"DeviceId": 7, "DeviceName": {"a": 1}, "UserAgent": "a\x00b"}),
        encoded({"DeviceId": "x" * 20_000}),
        "A" * 131_072,
    ],
)
def test_what_cannot_be_read_is_ignored(data: str) -> None:
    assert read_encoded(data) == Described()


def test_long_values_are_cut() -> None:
    assert len(read_encoded(encoded({"DeviceName": "n" * 5000})).name) == 256


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox 130, Linux"),
        (EDGE, "Edge 128, Windows"),
        (SAFARI, "Safari 17, iOS"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_browsers_have_the_names_that_people_know(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_an_address_is_checked_and_written_in_one_way() -> None:
    assert context_data.address("::ffff:192.0.2.1") == "192.0.2.1"
    with pytest.raises(InvalidParameter):
        context_data.address("192.0.2.1, 10.0.0.1")
    with pytest.raises(InvalidParameter):
        context_data.address("fe80::1%" + "x" * 100_000)


def test_a_callers_own_address_is_plain_or_nothing() -> None:
    assert context_data.plain_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert context_data.plain_address("unix:") == ""
