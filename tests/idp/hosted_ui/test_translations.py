"""The catalogues against the sources: nothing is missing, nothing is left over, and no translation
says more or less to the page than its text."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest
from babel.messages.catalog import Catalog

from idp.hosted_ui.page import TEMPLATES
from idp.user_pools.rules.languages import Language
from scripts import translations
from scripts.translations import TRANSLATED

# What means something to the formatting or to the browser.
SIGNS = re.compile(r"%\(\w+\)[a-z]|</?[^>]+>")
HINT = "`make translations`, then translate what it has added"


@cache
def texts() -> frozenset[str]:
    return frozenset(translations.texts())


@cache
def catalogue(language: Language) -> Catalog:
    return translations.catalogue(language)


def words(language: Language) -> dict[str, str]:
    return {each.id: each.string for each in catalogue(language) if each.id}


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda each: each.tag)
def test_every_text_is_translated(language: Language) -> None:
    known = words(language)
    assert texts() == known.keys(), HINT
    assert [text for text, translation in known.items() if not translation.strip()] == [], HINT
    assert not any(each.fuzzy for each in catalogue(language) if each.id)


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda each: each.tag)
def test_every_translation_has_the_placeholders_and_the_markup_of_its_text(
    language: Language,
) -> None:
    """A placeholder too many would be a 500; a tag too many would be a hole."""
    for text, translation in words(language).items():
        assert Counter(SIGNS.findall(text)) == Counter(SIGNS.findall(translation)), translation
        assert "%" not in SIGNS.sub("", translation)
        assert not re.search(r"[<>]", SIGNS.sub("", translation))


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda each: each.tag)
def test_compiled_catalogues_are_those_of_the_texts(language: Language) -> None:
    path = translations.CATALOGUES / language.locale / "LC_MESSAGES"
    assert (path / "messages.po").read_bytes() == translations.po(translations.updated(language))
    assert (path / "messages.mo").read_bytes() == translations.mo(catalogue(language)), HINT


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda each: each.tag)
def test_sentences_end_as_their_texts_do(language: Language) -> None:
    """A heading does not become a sentence, nor a sentence a heading."""
    ends = {".": ".。", "?": "?？؟", ":": ":：。", ")": ")）"}
    for text, translation in words(language).items():
        wanted = ends.get(text[-1])
        if wanted and not text.startswith(("http", "Forgot")):
            assert translation[-1] in wanted + ("。" if text[-1] == "?" else "") or (
                language.tag == "ja" and text[-1] == "?"
            ), translation


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.glob("hosted/*.html")), ids=lambda each: each.name
)
def test_no_template_speaks_without_translation(path) -> None:  # type: ignore[no-untyped-def]
    """Whatever letters stand outside of tags and expressions, or in an attribute that people read,
    would be English for everybody."""
    text = path.read_text(encoding="utf-8")
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    spoken = re.findall(r"\b(?:alt|title|placeholder|aria-label)=\"([^\"]*)\"", bare)
    assert not re.search(r"[^\W\d_]", re.sub(r"<[^>]*>", "", bare)), "not within _()"
    assert not any(re.search(r"[^\W\d_]", each) for each in spoken), "not within _()"


def test_texts_are_plain() -> None:
    """Nothing that a translator could only get wrong."""
    for text in texts():
        assert text == text.strip()
        assert "\n" not in text
        assert "{" not in text
