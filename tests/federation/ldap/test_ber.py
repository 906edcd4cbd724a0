"""Reading BER: what RFC 4511 §5.1 allows, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.ldap import messages
from federation.ldap.ber import Element, Malformed, whole_size
from tests.servers.active_directory import element


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 70_000])
def test_elements_of_every_size_are_read(size: int) -> None:
    content = bytes(size)
    [read] = Element(0x30, element(4, content)).elements()
    assert (read.tag, read.content) == (4, content)


@pytest.mark.parametrize(
    "content",
    [
        b"\x04",
        b"\x04\x02a",
        b"\x04\x80aa\x00\x00",
        b"\x04\x85\x00\x00\x00\x00\x01a",
        b"\x04\xff",
        b"\x1f\x81\x01a",
        b"\x04\x81",
        b"\x04\x84\xff\xff\xff\xffa",
    ],
    ids=["head", "short", "indefinite", "five", "reserved", "long-tag", "no-length", "huge"],
)
def test_what_is_malformed_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        Element(0x30, content).elements()


def test_a_size_that_is_not_there_yet_is_waited_for() -> None:
    assert whole_size(b"") is None
    assert whole_size(b"\x30") is None
    assert whole_size(b"\x30\x82\x01") is None
    assert whole_size(b"\x30\x82\x01\x00") == (4, 260)


@given(st.binary(max_size=300))
def test_no_octets_are_read_with_another_error(content: bytes) -> None:
    for read in (messages.opened, messages.result, messages.entry):
        try:
            read(Element(messages.SEQUENCE, content))
        except Malformed:
            continue


def test_attributes_are_found_whatever_their_case_and_options() -> None:
    values = element(0x31, element(4, b"a"), element(4, b"b"))
    attribute = element(0x30, element(4, b"MemberOf;range=0-1"), values)
    entry = messages.entry(Element(0x64, element(4, b"cn=ada") + element(0x30, attribute)))
    assert entry.attributes["memberof"] == (b"a", b"b")
    assert entry.text("memberOf") == "a"
