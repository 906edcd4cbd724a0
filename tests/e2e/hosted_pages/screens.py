"""The screens that the application has: its templates, and how to tell that one was shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from idp.hosted_ui.page import TEMPLATES

FRAME = "check_session.html"
"""Nobody sees it."""
TITLE = re.compile(r"{% block title %}(.*?){% endblock %}|<title>{{(.*?)}}</title>", re.DOTALL)
TEXT = re.compile(r'_\("([^"]+)"')
VARIABLE = re.compile(r"%\\\(\w+\\\)s")

Seen = tuple[str, str]
"""The path of a page, without a pool's id, and its heading in English."""


def unseen(seen: Iterable[Seen]) -> list[str]:
    """The headings of screens that nobody has come to. Where several templates have one heading,
    pages of as many addresses must have shown it."""
    pages, missing = set(seen), []
    for heading, templates in headings().items():
        shown = {path for path, text in pages if heading.fullmatch(text)}
        if len(shown) < templates:
            missing.append(f"{heading.pattern}: {templates - len(shown)} of {templates}")
    return missing


def headings() -> Counter[re.Pattern[str]]:
    """Every heading of every template, with the number of templates that have it. An error's comes
    with the error, so its page has none here."""
    found: Counter[re.Pattern[str]] = Counter()
    folder = TEMPLATES / "hosted"
    for path in sorted(folder.rglob("[!_]*.html")):
        if path.name in {"base.html", FRAME}:
            continue
        (title,) = (match[1] or match[2] for match in TITLE.finditer(path.read_text("utf-8")))
        found.update({_pattern(text) for text in TEXT.findall(title)})
    return found


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(VARIABLE.sub(".+", re.escape(text)))
