"""`make translations`: collects the texts of the pages into translations/, and compiles them.

A text is what `N_`, `gettext` or `_` is called with: in `idp`, and in templates/hosted. A new text
comes into each language's messages.po without a translation; one that is gone leaves it. Exits with
1 where a translation is missing.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from idp.user_pools.rules.languages import ENGLISH, LANGUAGES, Language

ROOT = Path(__file__).parents[1]
CATALOGUES = ROOT / "translations"
KEYWORDS = {"_": None, "N_": None, "gettext": None}
TEMPLATES = {"extensions": "jinja2.ext.i18n", "silent": "false"}
SOURCES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("idp", "*.py", "python", {}),
    ("templates/hosted", "*.html", "jinja2.ext:babel_extract", TEMPLATES),
)
TRANSLATED = tuple(language for language in LANGUAGES if language != ENGLISH)


class Plain(Catalog):
    """Without dates and programs, which would change a file that says the same."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [("Content-Type", "text/plain; charset=utf-8"), ("Language", str(self.locale))]

    @mime_headers.setter
    def mime_headers(self, _value: object) -> None:
        """What a file says of itself is not kept."""


@cache
def texts() -> Mapping[str, set[str]]:
    """Every text of the sources, and the files that say it."""
    found: dict[str, set[str]] = {}
    for path, text in _extracted():
        found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    return found


def _extracted() -> Iterator[tuple[Path, str]]:
    for folder, pattern, method, options in SOURCES:
        for path in sorted((ROOT / folder).rglob(pattern)):
            with path.open("rb") as file:
                for _, message, *_ in extract(method, file, KEYWORDS, (), options):
                    yield path, message if isinstance(message, str) else message[0]


def catalogue(language: Language) -> Catalog:
    """A language's translations as they are."""
    with _path(language, "po").open("rb") as file:
        return read_po(file, locale=language.locale)


def updated(language: Language) -> Catalog:
    """A language's translations of what the sources say now."""
    former = catalogue(language) if _path(language, "po").exists() else Catalog(language.locale)
    made = Plain(language.locale, fuzzy=False)
    for text, files in sorted(texts().items()):
        known = former.get(text)
        flags = {"python-format"} if "%(" in text else ()
        translation = known.string if known else ""
        made.add(text, translation, [(file, 0) for file in sorted(files)], flags)
    return made


def po(made: Catalog) -> bytes:
    """The text of messages.po."""
    file = io.BytesIO()
    write_po(file, made, width=100, include_lineno=False, omit_header=False)
    text = file.getvalue()
    return text[text.index(b'msgid ""') :]


def mo(made: Catalog) -> bytes:
    """messages.mo, as the pages read it."""
    plain, file = Plain(str(made.locale)), io.BytesIO()
    for message in made:
        if message.id:
            plain.add(message.id, message.string)
    write_mo(file, plain)
    return file.getvalue()


def main() -> int:
    missing = 0
    for language in TRANSLATED:
        made = updated(language)
        path = _path(language, "po")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(po(made))
        _path(language, "mo").write_bytes(mo(made))
        without = [message.id for message in made if message.id and not message.string]
        missing += len(without)
        print(f"{language.tag}: {len(made)} texts, {len(without)} without a translation")
    return 1 if missing else 0


def _path(language: Language, kind: str) -> Path:
    return CATALOGUES / language.locale / "LC_MESSAGES" / f"messages.{kind}"


if __name__ == "__main__":
    sys.exit(main())
