"""JSONPath as Jayway reads it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.json_path import MISSING, InvalidPath, TooManyNodes, find

DOCUMENT = {
    "store": {
        "books": [
            {"title": "A", "price": 8, "isbn": "1"},
            {"title": "B", "price": 12.5},
            {"title": "C", "price": 23, "isbn": "3"},
        ],
        "name": "Shop",
        "a b": 1,
    },
    "list": [1, 2, 3],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", DOCUMENT),
        ("$.store.name", "Shop"),
        ("store.name", "Shop"),
        ("$['store']['a b']", 1),
        ("$.store.books[0].title", "A"),
        ("$.store.books[-1].title", "C"),
        ("$.store.books[9]", MISSING),
        ("$.nothing.more", MISSING),
        ("$.store.books[*].title", ["A", "B", "C"]),
        ("$.store.books[0,2].title", ["A", "C"]),
        ("$.store.books[1:].title", ["B", "C"]),
        ("$.store.books[:-1].title", ["A", "B"]),
        ("$..title", ["A", "B", "C"]),
        ("$..books[0].price", [8]),
        ("$.store['name','a b']", ["Shop", 1]),
        ("$.store.books[?(@.price > 10)].title", ["B", "C"]),
        ("$.store.books[?(@.isbn)].title", ["A", "C"]),
        ("$.store.books[?(!@.isbn)].title", ["B"]),
        ("$.store.books[?(@.isbn && @.price < 10 || @.title == 'B')].title", ["A", "B"]),
        ("$.store.books[?(@.title =~ /[ab]/i)].title", ["A", "B"]),
        ("$.list[?(@ >= 2)]", [2, 3]),
        ("$.list.*", [1, 2, 3]),
        ("$.nothing[*]", []),
        ("$.list.length()", 3),
        ("$.list.max()", 3),
        ("$.list.avg()", 2),
        ("$.store.books[0].keys()", ["title", "price", "isbn"]),
    ],
)
def test_a_path_finds(path, found):
    assert find(DOCUMENT, path) == found


@pytest.mark.parametrize(
    "path", ["$.", "$[", "$['a", "$.a[?(]", "$.a[?(@.b ==)]", "$[x]", "a" * 2000]
)
def test_a_malformed_path_is_refused(path):
    with pytest.raises(InvalidPath):
        find(DOCUMENT, path)


def test_a_path_that_finds_too_much_is_refused():
    with pytest.raises(TooManyNodes):
        find([[list(range(100))] * 100] * 100, "$..*")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="$.[]*?()@'\"=&|!<>~/ab01,: -", max_size=30))
def test_any_path_finds_or_is_refused(path):
    with contextlib.suppress(InvalidPath, TooManyNodes):
        find(DOCUMENT, f"${path}")
