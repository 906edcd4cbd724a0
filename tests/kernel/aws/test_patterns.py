"""Java's regular expressions in Python, and values made to stall them."""

from __future__ import annotations

import time

import pytest

from kernel.aws.contract import services
from kernel.aws.patterns import LONGEST, TIME_LIMIT, pattern_check

CATEGORIES = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"
ANY = r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*"
MESSAGE = ANY + r"\{##" + ANY + r"##\}" + ANY


def test_the_whole_value_must_match():
    assert pattern_check("[a-z]+")("abc")
    assert not pattern_check("[a-z]+")("abc1")
    assert not pattern_check("^[a-z]+$")("abc\n")


def test_word_space_and_digit_classes_are_ascii_as_in_java():
    assert not pattern_check(r"[\w]+")("é")
    assert not pattern_check(r"\d+")("٣")
    assert not pattern_check(r"[\p{P}\s]+")("\N{NO-BREAK SPACE}")
    assert pattern_check(r"[\p{P}\s]+")("! \t\n")


def test_unicode_categories_take_letters_of_every_script_but_no_control_characters():
    assert pattern_check(CATEGORIES)("名前é😀")
    assert not pattern_check(CATEGORIES)("a\x07")
    assert not pattern_check(CATEGORIES)("a b")


def test_every_pattern_of_every_service_compiles():
    for each in services():
        for shape in each.model["shapes"].values():
            if "pattern" in shape:
                pattern_check(shape["pattern"])("x")


@pytest.mark.parametrize(
    "hostile", ["{####}" * 3300 + "\x00", "{##" * 3300 + "##}" * 3300 + "\x00"]
)
def test_a_value_made_to_backtrack_is_refused_in_time(hostile):
    check = pattern_check(MESSAGE, 20_000)
    check("warm {####} up")
    start = time.thread_time()
    assert not check(hostile)
    assert time.thread_time() - start < 10 * TIME_LIMIT


def test_every_pattern_answers_a_hostile_value_of_any_length_in_time():
    seeds = ("{####}", "{##", "a.", "a:", "/a", "-", "arn:a:a:", "a@")
    for each in services():
        for shape in each.model["shapes"].values():
            if "pattern" in shape:
                check = pattern_check(shape["pattern"], shape.get("max"))
                for seed in seeds:
                    start = time.thread_time()
                    check(seed * (shape.get("max", LONGEST) // len(seed)) + "\n\x00")
                    assert time.thread_time() - start < 10 * TIME_LIMIT, shape


def test_a_value_far_beyond_its_maximum_is_left_to_the_length_check():
    assert pattern_check("[a-z]+", 10)("1" * (LONGEST + 1))
    assert not pattern_check("[a-z]+", 10)("1" * 11)
