"""Methods of texts, as Java's `String` has them, by characters where Java counts UTF-16 units."""

from __future__ import annotations

from typing import Any

from gateway.mapping.vtl.errors import TemplateError
from gateway.mapping.vtl.limits import STEPS_OF_A_PATTERN, Budget
from gateway.mapping.vtl.operators import are_equal
from gateway.mapping.vtl.signatures import ANYTHING, method
from gateway.mapping.vtl.values import MadeList
from gateway.mapping.vtl.writing import to_text
from gateway.patterns import InvalidPattern, Pattern, compile_pattern

THREADS_PER_STEP = 4
LITERAL_REPLACEMENTS_WORK = 8


def _pattern(budget: Budget, text: str) -> Pattern:
    known = budget.patterns.get(text)
    if known is not None:
        return known
    budget.step(STEPS_OF_A_PATTERN)
    try:
        compiled = compile_pattern(text)
    except InvalidPattern as error:
        # Not its text: it may have come with the request, and the operator's log tells of this.
        raise TemplateError(f"a pattern in the template: {error}") from None
    budget.patterns[text] = compiled
    return compiled


def _work(budget: Budget, threads: int) -> None:
    budget.step((threads + THREADS_PER_STEP - 1) // THREADS_PER_STEP)


def _matches(budget: Budget, text: str, pattern: str) -> bool:
    return _pattern(budget, pattern).fullmatch(text, lambda count: _work(budget, count))


def _replace_all(budget: Budget, text: str, pattern: str, replacement: str) -> str:
    return _replaced(budget, text, pattern, replacement, only_first=False)


def _replace_first(budget: Budget, text: str, pattern: str, replacement: str) -> str:
    return _replaced(budget, text, pattern, replacement, only_first=True)


def _replaced(
    budget: Budget, text: str, pattern: str, replacement: str, *, only_first: bool
) -> str:
    budget.make(len(text))
    try:
        return _pattern(budget, pattern).replace(
            text, replacement, lambda count: _work(budget, count), only_first=only_first
        )
    except InvalidPattern as error:
        raise TemplateError(str(error)) from None


def _split(budget: Budget, text: str, pattern: str, most: int = 0) -> MadeList:
    budget.make(len(text))
    parts = _pattern(budget, pattern).split(text, most, lambda count: _work(budget, count))
    budget.step(len(parts))
    return MadeList(parts)


def _replace(budget: Budget, text: str, old: str, new: str) -> str:
    budget.work(len(text) * LITERAL_REPLACEMENTS_WORK)
    count = text.count(old)
    budget.make(len(text) + count * len(new))
    return text.replace(old, new)


def _substring(budget: Budget, text: str, first: int, last: int | None = None) -> str | None:
    end = len(text) if last is None else last
    if not 0 <= first <= end <= len(text):
        return None
    budget.make(end - first)
    return text[first:end]


def _concat(budget: Budget, text: str, other: str) -> str:
    budget.make(len(text) + len(other))
    return text + other


def _character(_budget: Budget, text: str, at: int) -> str | None:
    return text[at] if 0 <= at < len(text) else None


def _made(budget: Budget, text: str) -> str:
    budget.make(len(text))
    return text


def _found(budget: Budget, text: str, part: str, start: int = 0) -> int:
    budget.work(len(text) * LITERAL_REPLACEMENTS_WORK)
    return text.find(part, max(start, 0))


def _found_last(budget: Budget, text: str, part: str) -> int:
    budget.work(len(text) * LITERAL_REPLACEMENTS_WORK)
    return text.rfind(part)


def _contains(budget: Budget, text: str, part: str) -> bool:
    return _found(budget, text, part) >= 0


def _starts_with(budget: Budget, text: str, part: str) -> bool:
    budget.work(len(part))
    return text.startswith(part)


def _ends_with(budget: Budget, text: str, part: str) -> bool:
    budget.work(len(part))
    return text.endswith(part)


def _equals(budget: Budget, text: str, other: Any) -> bool:
    return isinstance(other, str) and are_equal(text, other, budget)


def _equals_ignoring_case(budget: Budget, text: str, other: str) -> bool:
    budget.make(len(text) + len(other))
    return text.lower() == other.lower()


def _compared(budget: Budget, text: str, other: str) -> int:
    """Java's `compareTo`: the first difference, or that of the lengths."""
    budget.step(1 + min(len(text), len(other)) // 64)
    for mine, others in zip(text, other, strict=False):
        if mine != others:
            return ord(mine) - ord(others)
    return len(text) - len(other)


TEXT = {
    "charAt": method(_character, int),
    "compareTo": method(_compared, str),
    "concat": method(_concat, str),
    "contains": method(_contains, str),
    "endsWith": method(_ends_with, str),
    "equals": method(_equals, ANYTHING),
    "equalsIgnoreCase": method(_equals_ignoring_case, str),
    "indexOf": (*method(_found, str), *method(_found, str, int)),
    "isBlank": method(lambda budget, text: not _made(budget, text).strip()),
    "isEmpty": method(lambda _, text: not text),
    "lastIndexOf": method(_found_last, str),
    "length": method(lambda _, text: len(text)),
    "matches": method(_matches, str),
    "replace": method(_replace, str, str),
    "replaceAll": method(_replace_all, str, str),
    "replaceFirst": method(_replace_first, str, str),
    "split": (*method(_split, str), *method(_split, str, int)),
    "startsWith": method(_starts_with, str),
    "strip": method(lambda budget, text: _made(budget, text).strip()),
    "substring": (*method(_substring, int), *method(_substring, int, int)),
    "toLowerCase": method(lambda budget, text: _made(budget, text).lower()),
    "toString": method(lambda _, text: text),
    "toUpperCase": method(lambda budget, text: _made(budget, text).upper()),
    "trim": method(lambda budget, text: _made(budget, text).strip()),
    "valueOf": method(lambda budget, _, value: to_text(value, budget), ANYTHING),
}
