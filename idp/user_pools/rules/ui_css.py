"""The CSS of the classic hosted UI: which rules an operator may write, and nothing else.

Amazon Cognito developer guide, "Customizing hosted UI (classic) branding": the classes end with
`-customizable`; "@import, @supports, @page, or @media statements" and scripts are refused. Here a
rule consists of those classes, of the properties below, and of values that name no address. What
is served is written anew from what was understood, so nothing else can come through.

A text is cut at its braces and read once from beginning to end; no expression here goes back, so
that the longest text that the service model allows takes no longer than its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from idp.errors import InvalidParameter

CLASSES = frozenset(
    {
        "background", "banner", "errorMessage", "idpButton", "idpDescription", "inputField",
        "label", "legalText", "logo", "passwordCheck-notValid", "passwordCheck-valid", "redirect",
        "socialButton", "submitButton", "textDescription",
    }
)  # read as a list  # fmt: skip
STATES = frozenset({"", "hover", "focus", "active", "disabled"})
_SIDES = ("", "-top", "-right", "-bottom", "-left")
PROPERTIES = frozenset(
    {
        "background", "background-color", "border", "border-collapse", "border-color",
        "border-radius", "border-style", "border-width", "box-shadow", "color", "display",
        "font", "font-family", "font-size", "font-style", "font-weight", "height",
        "letter-spacing", "line-height", "max-height", "max-width", "min-height", "min-width",
        "opacity", "outline", "outline-color", "outline-offset", "outline-width", "text-align",
        "text-decoration", "text-transform", "vertical-align", "width",
        *(f"{box}{side}" for box in ("margin", "padding") for side in _SIDES),
        *(f"border{side}" for side in _SIDES),
    }
)  # read as a list  # fmt: skip
FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla"})
MOST_RULES = 500

_SELECTOR = re.compile(r"\.([A-Za-z-]+)-customizable(?::([a-z]+))?")
_VALUE = re.compile(r"[A-Za-z0-9#%.,\s()!/+-]+")
# A word is taken whole, whether a parenthesis follows it or not.
_WORD = re.compile(r"([A-Za-z0-9-]*+)(\()?")


@dataclass(frozen=True)
class Rule:
    """Declarations for some of the classes, each with a state or ""."""

    selectors: tuple[tuple[str, str], ...]
    declarations: tuple[tuple[str, str], ...]


def parse(css: str) -> tuple[Rule, ...]:
    """Raises `InvalidParameter` that says what is not allowed."""
    *blocks, rest = _without_comments(css).split("}")
    if rest.strip() or len(blocks) > MOST_RULES:
        raise _invalid("it is not a list of rules")
    return tuple(_rule(block) for block in blocks)


def write(rules: tuple[Rule, ...], elements: Mapping[str, str]) -> str:
    """The stylesheet, with the selector of our own page for each class; others are left out."""
    lines = []
    for rule in rules:
        selectors = [
            f"{elements[name]}:{state}" if state else elements[name]
            for name, state in rule.selectors
            if name in elements
        ]
        if selectors and rule.declarations:
            body = ";".join(f"{name}:{value}" for name, value in rule.declarations)
            lines.append(f"{','.join(selectors)}{{{body}}}\n")
    return "".join(lines)


def _without_comments(css: str) -> str:
    """A space in place of each; one that does not end stays, and is refused where it stands."""
    kept, position = [], 0
    while (start := css.find("/*", position)) >= 0 and (end := css.find("*/", start + 2)) >= 0:
        kept.append(css[position:start])
        position = end + 2
    return " ".join((*kept, css[position:]))


def _rule(block: str) -> Rule:
    """What stands before a closing brace."""
    selectors, brace, declarations = block.partition("{")
    if not brace or "{" in declarations:
        raise _invalid("it is not a list of rules")
    return Rule(_selectors(selectors), _declarations(declarations))


def _selectors(text: str) -> tuple[tuple[str, str], ...]:
    selectors = []
    for part in text.split(","):
        found = _SELECTOR.fullmatch(part.strip())
        if found is None or found[1] not in CLASSES or (found[2] or "") not in STATES:
            raise _invalid(f"the selector {_shown(part)} is not one of the customizable classes")
        selectors.append((found[1], found[2] or ""))
    return tuple(selectors)


def _declarations(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(_declaration(part) for part in text.split(";") if part.strip())


def _declaration(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    name, value = name.strip().lower(), " ".join(value.split())
    if not colon or name not in PROPERTIES:
        raise _invalid(f"the property {_shown(name)} is not allowed")
    functions = {word.lower() for word, opens in _WORD.findall(value) if opens}
    if not _VALUE.fullmatch(value) or not functions <= FUNCTIONS or "/*" in value:
        raise _invalid(f"the value of {name} is not allowed")
    return name, value


def _shown(text: str) -> str:
    return re.sub(r"[^\w.:# -]", "?", text.strip()[:60])


def _invalid(reason: str) -> InvalidParameter:
    return InvalidParameter(f"The CSS is invalid: {reason}.")
