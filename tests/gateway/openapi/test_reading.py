"""Documents as values: JSON and YAML, and what neither may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.openapi import reading
from gateway.openapi.faults import Faults, InvalidDocument, spelled
from gateway.openapi.node import Node
from gateway.openapi.reading import read_document
from gateway.openapi.writing import write_json, write_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | TEXTS
    | st.sampled_from(["on", "no", "1e5", "0o17", "2024-01-01", "~", "null", "<<", "=", "1_000"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)
DOCUMENTS = st.dictionaries(TEXTS | st.just("<<"), VALUES, max_size=5)


def _read_yaml(text: str) -> dict[str, object]:
    return read_document(text.encode())


@given(DOCUMENTS)
def test_json_that_is_written_is_read_as_the_same(document: dict[str, object]) -> None:
    assert read_document(write_json(document)) == document


@given(DOCUMENTS)
def test_yaml_that_is_written_is_read_as_the_same(document: dict[str, object]) -> None:
    assert read_document(write_yaml(document)) == document


def test_words_of_yaml_1_1_are_text() -> None:
    read = _read_yaml("on: yes\nversion: 2024-01-01\nhour: 12:30:00\nnumber: 012\n")
    assert read == {"on": "yes", "version": "2024-01-01", "hour": "12:30:00", "number": 12}


def test_keys_are_text_as_they_stand() -> None:
    assert _read_yaml("responses:\n  200: {}\n  0x1F: ~\n") == {
        "responses": {"200": {}, "0x1F": None}
    }


def test_anchors_repeat_what_they_name() -> None:
    assert _read_yaml("a: &x {b: [1]}\nc: *x\n") == {"a": {"b": [1]}, "c": {"b": [1]}}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2\n", "twice"),
        ('{"a": 1, "a": 2}', "twice"),
        ("- a\n", "not a JSON or YAML object"),
        ("a: !!python/object/apply:os.system [ls]\n", "YAML tag"),
        ("a: !secret x\n", "YAML tag"),
        ("base: &b {x: 1}\na: {<<: *b}\n", "Merge keys"),
        ("a: *b\n", "alias|neither"),
        ("a: &a [*a]\n", "alias"),
        ("? [a]\n: b\n", "keys"),
        ("a: 1\n---\nb: 2\n", "more than one"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1e999}', "too large"),
        ('{"a": "\\u0000"}', "cannot be stored"),
        ('{"a": "\\ud800"}', "cannot be stored"),
        ("", "not a JSON or YAML object"),
        ("a: [", "neither JSON nor YAML"),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidDocument, match=reason):
        read_document(text.encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidDocument, match="UTF-8"):
        read_document(b"\xff\xfe{")


def test_a_document_of_more_than_six_megabytes_is_refused() -> None:
    with pytest.raises(InvalidDocument, match="6 MB"):
        read_document(b" " * (reading.MOST_BYTES + 1))


def test_faults_name_their_place_and_come_all_together() -> None:
    faults = Faults()
    node = Node.of({"paths": {"/pets": {"get": 3}}, "info": []}, faults)
    node.member("paths").member("/pets").text("get")
    node.member("paths").member("/pets").flag("get")
    list(node.members("info"))
    with pytest.raises(InvalidDocument) as raised:
        faults.require_none()
    assert str(raised.value).splitlines() == [
        "Errors found during import:",
        "\t$.paths['/pets'].get: it must be true or false",
        "\t$.info: it must be an object",
    ]
    assert spelled(("a", 3, "it's")) == "$.a[3]['it\\'s']"
