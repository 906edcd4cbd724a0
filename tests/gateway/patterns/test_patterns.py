"""The linear engine finds what a backtracking one finds, and never takes its time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.patterns import InvalidPattern, compile_pattern

_ATOMS = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "\\d", "\\w", "^", "$", "\\b"])
_PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map("|".join)
        | inner.map("({})".format)
        | inner.map("(?:{})+".format)
        | inner.map("(?:{})*?".format)
        | inner.map("(?:{}){{1,2}}".format)
    ),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(_PATTERNS, st.text(alphabet="abc1 ", max_size=8))
def test_it_matches_what_python_matches(pattern, text):
    expected = re.fullmatch(pattern, text, re.ASCII) is not None
    assert compile_pattern(pattern).fullmatch(text) == expected
    assert compile_pattern(pattern).search(text) == (re.search(pattern, text, re.ASCII) is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "replacement", "result"),
    [
        ("(a+)(b*)", "aab ab", "<$1|$2>", "<aa|b> <a|b>"),
        ("a|ab", "ab", "x", "xb"),
        ("a*?", "aa", "-", "-a-a-"),
        ("\\.", "a.b", "\\$", "a$b"),
        ("(?i)HELLO", "hello Hello", "x", "x x"),
        ("\\Qa.b\\E", "a.b acb", "x", "x acb"),
        ("[^\\w\\s]", "a-b c!", "", "ab c"),
        ("\\p{Alpha}+", "ab1", "x", "x1"),
        ("\\u00e9|\\x41", "éA", "x", "xx"),
        ("^a", "aa", "x", "xa"),
    ],
)
def test_replacing(pattern, text, replacement, result):
    assert compile_pattern(pattern).replace(text, replacement) == result


def test_splitting_drops_empty_parts_at_the_end_as_java_does():
    assert compile_pattern(",").split("a,,b,,") == ["a", "", "b"]
    assert compile_pattern(",").split("a,,b,,", -1) == ["a", "", "b", "", ""]
    assert compile_pattern(",").split("a,b,c", 2) == ["a", "b,c"]
    assert compile_pattern("").split("abc") == ["a", "b", "c"]


@pytest.mark.parametrize(
    "pattern",
    [
        *("(", ")", "[", "a{2,1}", "a{9999}", "*", "(?=a)", "(?<!a)", "(a)\\1", "a++", "\\k"),
        *("[b-a]", "\\", "(?:" * 50 + ")" * 50, "(((a{100}){100}){100})"),
        "(?:(?:(?:){1000}){1000}){1000}",
    ],
)
def test_what_cannot_be_matched_in_linear_time_is_refused(pattern):
    with pytest.raises(InvalidPattern):
        compile_pattern(pattern)


def test_a_replacement_that_names_no_group_is_refused():
    with pytest.raises(InvalidPattern):
        compile_pattern("(a|b)*c").replace("ac", "$2")


@pytest.mark.parametrize(
    "pattern", ["(a*)*b", "(a+)+$", "(a|aa)*c", "a*a*a*a*a*b", "(.*)*x", "a?" * 30]
)
def test_no_pattern_takes_exponential_time(pattern):
    started = time.thread_time()
    compile_pattern(pattern).search("a" * 3_000 + "!")
    compile_pattern(pattern).fullmatch("a" * 3_000 + "!")
    assert time.thread_time() - started < 3
