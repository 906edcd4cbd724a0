"""Which language a person gets."""

from __future__ import annotations

import time

import pytest

from idp.user_pools.rules import languages


@pytest.mark.parametrize(
    ("lang", "ui_locales", "accepted", "expected"),
    [
        ("", "", "", "en"),
        ("de", "fr", "es", "de"),
        ("", "fr es", "de", "fr"),
        ("", "", "de", "de"),
        ("pt-BR", "", "", "pt-BR"),
        ("pt-PT", "", "", "pt-BR"),
        ("zh-CN", "", "", "zh-CN"),
        ("zh_TW", "", "", "zh-CN"),
        ("AR", "", "", "ar"),
        ("ar-EG", "", "", "ar"),
        ("nl", "sv fi ja", "", "ja"),
        ("klingon", "", "fr-CA, fr;q=0.9, en;q=0.8", "fr"),
        ("", "", "nl, en;q=0.5, de;q=0.8", "de"),
        ("", "", "de;q=0, es", "es"),
        ("", "", "de;q=0", "en"),
        ("", "", "*", "en"),
        ("", "", "fr;q=2, de", "de"),
        ("", "", "fr;q=nan, de;q=0.1", "de"),
    ],
)
def test_the_first_wish_that_we_speak_is_met(
    lang: str, ui_locales: str, accepted: str, expected: str
) -> None:
    assert languages.choose(lang, ui_locales, accepted).tag == expected


@pytest.mark.parametrize(
    "text", ["../../etc", "de\r\nSet-Cookie: a=b", "<script>", "de.mo", "d", "", "\x00", "de/../fr"]
)
def test_what_is_no_language_tag_is_no_wish(text: str) -> None:
    assert languages.choose(text, text, text).tag == "en"


def test_long_lists_are_not_read_to_their_end() -> None:
    began = time.perf_counter()
    for text in ("de" * 10**6, "x," * 10**6 + "de", "x " * 10**6 + "de", "de-" + "a-" * 10**6):
        assert languages.choose(text, text, text).tag == "en"
    assert time.perf_counter() - began < 1


def test_every_language_has_a_tag_of_its_own() -> None:
    tags = [each.tag for each in languages.LANGUAGES]
    assert len(tags) == len(set(tags)) == 8
    assert [languages.choose(tag).tag for tag in tags] == tags
