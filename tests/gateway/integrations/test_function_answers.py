"""What a function may answer: the reply, or why it is none."""

from __future__ import annotations

import pytest

from gateway.integrations.function_answers import (
    MalformedAnswer,
    ProxyAnswer,
    read_version_1,
    read_version_2,
)


def test_version_one_reads_single_and_repeated_headers():
    answer = read_version_1(
        {
            "statusCode": "201",
            "headers": {"X-One": 1, "X-Both": "single"},
            "multiValueHeaders": {"x-both": ["a", "b"], "Set-Cookie": ["c=1", "d=2"]},
            "body": "héllo",
        }
    )

    assert answer == ProxyAnswer(
        201,
        (
            ("x-one", "1"),
            ("x-both", "a"),
            ("x-both", "b"),
            ("set-cookie", "c=1"),
            ("set-cookie", "d=2"),
        ),
        "héllo".encode(),
    )


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "text",
        [],
        {"statusCode": 200, "unknown": 1},
        {"statusCode": "abc"},
        {"statusCode": 99},
        {"statusCode": 101},
        {"statusCode": True},
        {"statusCode": 600},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "headers": ["x"]},
        {"statusCode": 200, "headers": {"x": {"a": 1}}},
        {"statusCode": 200, "headers": {"x": None}},
        {"statusCode": 200, "headers": {"bad name": "x"}},
        {"statusCode": 200, "headers": {"x": "a\r\nSet-Cookie: evil=1"}},
        {"statusCode": 200, "multiValueHeaders": {"x": "not a list"}},
        {"statusCode": 200, "multiValueHeaders": {"x": ["a\nb"]}},
        {"statusCode": 200, "body": "!!!", "isBase64Encoded": True},
        {"statusCode": 200, "body": "eA==", "isBase64Encoded": "yes"},
        {"statusCode": 200, "headers": {f"x-{n}": "1" for n in range(300)}},
    ],
)
def test_version_one_refuses_what_is_no_reply(payload):
    with pytest.raises(MalformedAnswer):
        read_version_1(payload)


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        ("Hello", b"Hello"),
        ({"a": [1, None]}, b'{"a":[1,null]}'),
        (None, b"null"),
        ([1, 2], b"[1,2]"),
        (True, b"true"),
    ],
)
def test_version_two_takes_anything_for_the_body_of_a_good_reply(payload, body):
    assert read_version_2(payload) == ProxyAnswer(
        200, (("content-type", "application/json"),), body
    )


def test_version_two_sets_cookies_and_decodes_bodies():
    answer = read_version_2(
        {
            "statusCode": 200,
            "headers": {"content-type": "image/png"},
            "cookies": ["a=1; HttpOnly", "b=2"],
            "body": "iVBO",
            "isBase64Encoded": True,
        }
    )

    assert answer.body == b"\x89PN"
    assert answer.headers == (
        ("content-type", "image/png"),
        ("set-cookie", "a=1; HttpOnly"),
        ("set-cookie", "b=2"),
    )


@pytest.mark.parametrize("cookies", ["a=1", [{"a": 1}], ["a=1\r\nx: y"], [None]])
def test_version_two_refuses_cookies_that_are_none(cookies):
    with pytest.raises(MalformedAnswer):
        read_version_2({"statusCode": 200, "cookies": cookies})
