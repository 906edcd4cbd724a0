"""The names of an SDK's functions: letters and digits, whatever a document calls its operations."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable

from gateway.sdks.operations import Operation

_WORD = re.compile(r"[A-Za-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MOST_CHARACTERS = 120
_CAMEL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,150}")
_SNAKE_NAME = re.compile(r"[a-z][a-z0-9_]{0,150}")


def camel_names(operations: Iterable[Operation]) -> list[tuple[str, Operation]]:
    """`petsPetIdGet` of GET /pets/{petId}, as SDKs of AWS have it; `rootGet` of GET /."""
    return _distinct(operations, _camel, "", _CAMEL_NAME)


def snake_names(operations: Iterable[Operation]) -> list[tuple[str, Operation]]:
    """`list_pets` of the operation name listPets, or else `pets_pet_id_get` of path and verb."""
    return _distinct(operations, _snake, "_", _SNAKE_NAME)


def _distinct(
    operations: Iterable[Operation],
    name_of: Callable[[Operation], str],
    before_number: str,
    form: re.Pattern[str],
) -> list[tuple[str, Operation]]:
    """Each operation with a name of its own: what would be a second one gets a number."""
    named: dict[str, Operation] = {}
    for operation in operations:
        base = name_of(operation)[:MOST_CHARACTERS]
        name, number = base, 1
        while name in named:
            number += 1
            name = f"{base}{before_number}{number}"
        if not form.fullmatch(name):
            raise AssertionError("a name that is none would be code")
        named[name] = operation
    return list(named.items())


def _camel(operation: Operation) -> str:
    words = _WORD.findall(operation.path) or ["root"]
    first, *others = [*words, operation.verb.lower()]
    name = first[:1].lower() + first[1:] + "".join(each[:1].upper() + each[1:] for each in others)
    return name if name[0].isalpha() else f"path{name}"


def _snake(operation: Operation) -> str:
    words = _WORD.findall(operation.given_name)
    if not words:
        words = [*(_WORD.findall(operation.path) or ["root"]), operation.verb]
    name = "_".join(_CAMEL.sub("_", word).lower() for word in words)
    if not name[0].isalpha():
        name = f"call_{name}"
    return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) else name
