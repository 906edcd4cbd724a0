"""The catalogues against the sources: nothing is missing, nothing is left over, and no translation
says more or less to the page than its text."""

from __future__ import annotations

import ast
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
    """A heading does not become a sentence, nor a sentence a heading. Japanese asks nobody who has
    lost something: it names the case."""
    ends = {".": ".。", "?": "?？؟", ":": ":：。", ")": ")）"}
    asks_not = language.tag == "ja"
    for text, translation in words(language).items():
        if text[-1] in ends and not (asks_not and text[-1] == "?"):
            assert translation[-1] in ends[text[-1]], translation


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


SENTENCE = re.compile(r"[A-Z“][\w’']*[ ,].*[.?!:]|[A-Z][a-z]+ .* .*", re.DOTALL)
MARKS = frozenset({"N_", "_", "gettext"})
SPEAKING = {"PageError": (0, 1), "Field": (1,)}
"""Whose arguments people read."""
PAGES = (TEMPLATES.parent / "idp" / "hosted_ui").glob("*.py")


def called(call: ast.Call) -> str:
    """The name of what is called: `re.compile` is `compile`."""
    return str(getattr(call.func, "id", "") or getattr(call.func, "attr", ""))


@pytest.mark.parametrize("path", sorted(PAGES), ids=lambda each: each.name)
def test_no_sentence_of_the_pages_stands_unmarked(path) -> None:  # type: ignore[no-untyped-def]
    """Whatever reads as a sentence and is no docstring nor a sentence of AWS's to look for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in {*MARKS, "compile"}:
            skipped.update(node.args)
        elif isinstance(node, ast.Expr):
            skipped.add(node.value)
        elif isinstance(node, ast.Dict):
            skipped.update(filter(None, node.keys))
        elif isinstance(node, ast.keyword) and node.arg == "detail":  # for developers
            skipped.add(node.value)
    spoken = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped
    ]
    assert [text for text in spoken if SENTENCE.fullmatch(text)] == []


@pytest.mark.parametrize("folder", ["idp/hosted_ui", "idp/oauth"])
def test_what_people_read_is_marked_for_translation(folder: str) -> None:
    for path in sorted((TEMPLATES.parent / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = called(node) if isinstance(node, ast.Call) else ""
            for place in SPEAKING.get(name, ()):
                is_bare = isinstance(node.args[place], ast.Constant)
                assert not is_bare, f"{path}:{node.lineno} is not within N_()"
