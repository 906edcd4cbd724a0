"""`make translations`: collects the texts of the pages into translations/, and compiles them.

A text is what `N_`, `gettext` or `_` is called with: in `idp`, and in templates/hosted. A new text
comes into each language's messages.po without a translation; one that is gone leaves it. Exits with
1 where a translation is missing.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
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
# Dates and programs would change a file that says the same.
_VOLATILE = re.compile(
    r'"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team'
    r'|Report-Msgid-Bugs-To|Project-Id-Version): .*"\n'
)
TRANSLATED = tuple(language for language in LANGUAGES if language != ENGLISH)


def texts() -> dict[str, set[str]]:
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
    made = Catalog(language.locale, fuzzy=False)
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
    text = file.getvalue().decode()
    header = text.index('msgid ""')
    return _VOLATILE.sub("", text[header:]).encode()


def mo(made: Catalog) -> bytes:
    """messages.mo, as the pages read it. Only the one header that says how it is written."""
    file = io.BytesIO()
    write_mo(file, read_po(io.BytesIO(po(made)), locale=made.locale))
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
