"""Binary payloads, by the developer guide's tables."""

from __future__ import annotations

import base64

import pytest

from gateway.mapping.content_handling import (
    TO_BINARY,
    TO_TEXT,
    NotBase64,
    convert_request,
    convert_response,
    is_binary,
)
from gateway.snapshot import IntegrationResponse, RestIntegration, RestSettings
from tests.gateway.conftest import ok

RAW = b"\x89PNG\x00\xff"
TEXT = base64.b64encode(RAW)


@pytest.mark.parametrize(
    ("body", "handling", "binary", "result"),
    [
        (TEXT, "", False, TEXT),
        (TEXT, TO_BINARY, False, RAW),
        (TEXT, TO_TEXT, False, TEXT),
        (RAW, "", True, RAW),
        (RAW, TO_BINARY, True, RAW),
        (RAW, TO_TEXT, True, TEXT),
    ],
)
def test_requests(body, handling, binary, result):
    assert convert_request(body, handling, binary=binary) == result


@pytest.mark.parametrize(
    ("body", "binary", "accepts", "handling", "result"),
    [
        (TEXT, False, False, "", TEXT),
        (TEXT, False, False, TO_BINARY, RAW),
        (TEXT, False, False, TO_TEXT, TEXT),
        (TEXT, False, True, "", RAW),
        (TEXT, False, True, TO_BINARY, RAW),
        (TEXT, False, True, TO_TEXT, TEXT),
        (RAW, True, False, "", TEXT),
        (RAW, True, False, TO_BINARY, RAW),
        (RAW, True, False, TO_TEXT, TEXT),
        (RAW, True, True, "", RAW),
        (RAW, True, True, TO_BINARY, RAW),
        (RAW, True, True, TO_TEXT, TEXT),
    ],
)
def test_responses(body, binary, accepts, handling, result):
    assert convert_response(body, handling, binary=binary, accepts_binary=accepts) == result


def test_what_is_no_base64_is_refused():
    with pytest.raises(NotBase64):
        convert_request(b"???", TO_BINARY, binary=False)


@pytest.mark.parametrize(
    ("content_type", "types", "binary"),
    [
        ("image/png", ["image/png"], True),
        ("IMAGE/PNG; x=1", ["image/png"], True),
        ("image/png", ["image/*"], True),
        ("image/png", ["*/*"], True),
        ("image/png", ["image/jpeg"], False),
        ("image/png", [], False),
    ],
)
def test_which_types_are_binary(content_type, types, binary):
    assert is_binary(content_type, types) == binary


def test_an_image_is_text_to_the_backend_and_binary_to_the_client(rest, upstream):
    target = upstream(ok(TEXT, "Content-Type: text/plain"))
    rest.show(
        RestIntegration(
            "HTTP",
            "POST",
            target.url,
            content_handling=TO_TEXT,
            responses=(IntegrationResponse("200", content_handling=TO_BINARY),),
        ),
        rest=RestSettings(binary_media_types=("image/png",)),
    )
    answer = rest.call("POST", headers={"Content-Type": "image/png"}, body=RAW)

    assert target.requests[0].endswith(TEXT)
    assert answer.body == RAW


def test_a_body_that_was_to_be_base64_is_the_clients_mistake(rest, upstream):
    target = upstream(ok())
    rest.show(RestIntegration("HTTP", "POST", target.url, content_handling=TO_BINARY))
    answer = rest.call("POST", body="???")

    assert (answer.status, target.connections) == (400, 0)
