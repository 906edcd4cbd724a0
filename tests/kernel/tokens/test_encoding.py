from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given, strategies

from kernel.tokens.encoding import decode, decode_integer, encode, encode_integer


@given(strategies.binary())
def test_bytes_survive_and_have_one_spelling(value):
    assert decode(encode(value).encode()) == value


@given(strategies.binary(max_size=12))
def test_what_can_be_read_is_spelled_as_it_would_be_written(text):
    try:
        value = decode(text)
    except ValueError:
        return
    assert urlsafe_b64encode(value).rstrip(b"=") == text


@pytest.mark.parametrize(
    "text",
    [b"A", b"AA==", b"AB", b"A+AA", b"A/AA", b"AA A", b"AA\nA", b"AAA=", b"====", b"\xff\xff"],
)
def test_other_spellings_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        decode(text)


@given(strategies.integers(min_value=1))
def test_integers_survive(value):
    assert decode_integer(encode_integer(value)) == value
