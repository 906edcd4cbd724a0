from __future__ import annotations

import pytest
from hypothesis import given, strategies

from gateway.paths import RefusedPath, canonical, lenient_readings, segments


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/", "/"),
        ("//", "/"),
        ("/a", "/a"),
        ("/a/", "/a/"),
        ("//a///b//", "/a/b/"),
        ("/%61dmin", "/admin"),
        ("/%7euser/%40me", "/~user/@me"),
        ("/a%2fb", "/a%2Fb"),
        ("/a%3fb%23c", "/a%3Fb%23c"),
        ("/a%3bb;c", "/a%3Bb;c"),
        ("/my%20file", "/my%20file"),
        ("/caf\xc3\xa9", "/caf%C3%A9"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/%252e%252e", "/%252e%252e"),
        ('/{x}"<>', "/%7Bx%7D%22%3C%3E"),
        ("/.well-known/x", "/.well-known/x"),
        ("/...", "/..."),
        ("/a..b/..c", "/a..b/..c"),
    ],
)
def test_a_path_has_one_spelling(raw, path):
    assert canonical(raw) == path
    assert canonical(path) == path


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "a",
        "*",
        "http://host/a",
        "/a/../b",
        "/a/..",
        "/./a",
        "/.",
        "/%2e%2e/b",
        "/a/%2E./b",
        "/a/.%2e",
        "/a/..;/b",
        "/a/..;x=y/b",
        "/a/..%3b/b",
        "/a/..%2fb",
        "/a%2f..%2fb",
        "/a%2f..",
        "/..%2f",
        "/a//../b",
        "/a\\b",
        "/a%5cb",
        "/a%5C..%5Cb",
        "/a%00b",
        "/a%0d%0aX: y",
        "/a\r\nb",
        "/a%7f",
        "/a%",
        "/a%4",
        "/a%zz",
        "/a%u002e",
        "/\u0430dmin",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(raw):
    with pytest.raises(RefusedPath):
        canonical(raw)


@given(strategies.text(strategies.characters(max_codepoint=255)))
def test_a_canonical_path_stays_as_it_is_and_has_no_dots_to_resolve(text):
    try:
        path = canonical("/" + text)
    except RefusedPath:
        return
    assert canonical(path) == path
    assert path.isascii()
    assert path.isprintable()
    assert not {".", "..", ""} & set(segments(path)[:-1])
    assert not {"?", "#", " ", "\\"} & set(path)


@pytest.mark.parametrize(
    ("path", "readings"),
    [
        ("/a/b", set()),
        ("/", set()),
        ("/a/", {("a",)}),
        ("/a%2Fb", {("a", "b")}),
        ("/a;x/b", {("a", "b")}),
        ("/a%3Bx", {("a",)}),
        ("/;/a", {("a",)}),
        ("/a%2Fb;c/", {("a", "b;c", ""), ("a%2Fb", ""), ("a%2Fb;c",)}),
    ],
)
def test_lenient_readings_are_known(path, readings):
    assert readings <= set(lenient_readings(path))
    assert bool(readings) == bool(set(lenient_readings(path)))
