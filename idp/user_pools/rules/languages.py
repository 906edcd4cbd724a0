"""The languages of the hosted pages, and which of them a person gets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_LIST = 1024
"""Characters of a list of preferences: no browser or application sends more."""
MOST_WISHES = 32

_SCRIPTED = {"zh-CN": "zh_Hans_CN"}
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8}){0,4}")
_WEIGHT = re.compile(r"\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*")


@dataclass(frozen=True)
class Language:
    """`tag` is BCP 47's and Cognito's `lang`; `name` is what its speakers call it."""

    tag: str
    name: str
    terms: str
    """Terms documents' name of it (CreateTerms, Links)."""
    direction: str = "ltr"

    @property
    def locale(self) -> str:
        """The name of its catalogue, as Babel has it: with the script, where that is not plain."""
        return _SCRIPTED.get(self.tag, self.tag.replace("-", "_"))


ENGLISH = Language("en", "English", "cognito:english")
LANGUAGES: tuple[Language, ...] = (
    ENGLISH,
    Language("de", "Deutsch", "cognito:german"),
    Language("es", "Español", "cognito:spanish"),
    Language("fr", "Français", "cognito:french"),
    Language("pt-BR", "Português", "cognito:portuguese-brazil"),
    Language("ar", "العربية", "cognito:default", "rtl"),
    Language("zh-CN", "简体中文", "cognito:chinese-simplified"),
    Language("ja", "日本語", "cognito:japanese"),
)
_BY_PRIMARY_TAG = {each.tag.partition("-")[0]: each for each in LANGUAGES}


def choose(lang: str = "", ui_locales: str = "", accept_language: str = "") -> Language:
    """The first language that we speak: of `lang` (Cognito's parameter), of `ui_locales` ("a
    space-separated list of BCP47 [RFC5646] language tag values, ordered by preference", OIDC Core
    §3.1.2.1), of Accept-Language; else English.

    A tag of another region is met by its language: `pt-PT` by Brazil's Portuguese. "An error
    SHOULD NOT be returned if some or all of the requested locales are not supported" (ibid.).
    """
    wishes = (lang, *ui_locales[:LONGEST_LIST].split(" ")[:MOST_WISHES], *_weighed(accept_language))
    return next(filter(None, map(find, wishes)), ENGLISH)


def find(tag: str) -> Language | None:
    """Our language of a BCP 47 tag."""
    match = _TAG.fullmatch(tag[:64])
    return _BY_PRIMARY_TAG.get(match[1].lower()) if match else None


def _weighed(accept_language: str) -> Iterable[str]:
    """RFC 9110 §12.5.4: the tags of Accept-Language, those of the highest weight first."""
    weighed = []
    for part in accept_language[:LONGEST_LIST].split(",")[:MOST_WISHES]:
        tag, _, parameter = part.partition(";")
        match = _WEIGHT.fullmatch(parameter) if parameter else None
        weight = float(match[1]) if match else 0.0 if parameter else 1.0
        if weight > 0:
            weighed.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda each: -each[0])]
