"""The keywords of draft 4 that look at one value, and those that hold schemas themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.schemas import keywords
from gateway.schemas.keywords import InvalidSchema, Test

MOST_NESTING = 64
MOST_STEPS = 200_000


class TooMuchWork(ValueError):
    """A document takes more checks than one request may."""


class Run:
    """One document's work so far."""

    __slots__ = ("_depth", "_steps")

    def __init__(self) -> None:
        self._steps = MOST_STEPS
        self._depth = 0

    def step(self, count: int = 1) -> None:
        """Count checks. Raises `TooMuchWork`."""
        self._steps -= count
        if self._steps < 0:
            raise TooMuchWork("the document takes too many checks")

    def enter(self) -> None:
        """Go one value deeper. Raises `TooMuchWork`."""
        self._depth += 1
        if self._depth > MOST_NESTING:
            raise TooMuchWork("the document nests too deeply")

    def leave(self) -> None:
        self._depth -= 1


Check = Callable[[Any, Run], str | None]
"""Answers with why a value does not fit, or None."""
Inner = Callable[[Any, int], Check]
"""Compiles a schema inside another one, at a depth."""


class Compiler:
    """Compiles one schema. `inner` compiles those that it holds."""

    def __init__(self, inner: Inner) -> None:
        self._inner = inner

    def compile(self, schema: Any, depth: int) -> Check:
        """The check of a schema. Raises `InvalidSchema`."""
        if depth > MOST_NESTING:
            raise InvalidSchema("the schema nests too deeply")
        if schema is True or schema == {}:
            return _anything
        if not isinstance(schema, Mapping):
            raise InvalidSchema("a schema must be an object")
        checks = [_tested(test) for test in keywords.tests(schema)]
        for keyword, reader in _HOLDERS.items():
            if keyword in schema:
                checks.append(reader(self, schema, depth + 1))
        if (
            "properties" in schema
            or "patternProperties" in schema
            or ("additionalProperties" in schema)
        ):
            checks.append(self._properties(schema, depth + 1))
        return _all_of(checks)

    def _list(self, schemas: Any, depth: int) -> list[Check]:
        if not isinstance(schemas, list) or not schemas:
            raise InvalidSchema("a list of schemas is missing")
        return [self._inner(each, depth) for each in schemas]

    def _map(self, schemas: Any, depth: int) -> dict[str, Check]:
        if not isinstance(schemas, Mapping):
            raise InvalidSchema("schemas by name are missing")
        return {name: self._inner(each, depth) for name, each in schemas.items()}

    def _all(self, schema: Mapping[str, Any], depth: int) -> Check:
        return _all_of(self._list(schema["allOf"], depth))

    def _any(self, schema: Mapping[str, Any], depth: int) -> Check:
        checks = self._list(schema["anyOf"], depth)

        def check(value: Any, run: Run) -> str | None:
            fits = any(each(value, run) is None for each in checks)
            return None if fits else "it fits none of anyOf"

        return check

    def _one(self, schema: Mapping[str, Any], depth: int) -> Check:
        checks = self._list(schema["oneOf"], depth)

        def check(value: Any, run: Run) -> str | None:
            count = sum(each(value, run) is None for each in checks)
            return None if count == 1 else f"it fits {count} of oneOf"

        return check

    def _not(self, schema: Mapping[str, Any], depth: int) -> Check:
        inner = self._inner(schema["not"], depth)
        return lambda value, run: "it fits what it must not" if inner(value, run) is None else None

    def _items(self, schema: Mapping[str, Any], depth: int) -> Check:
        items = schema["items"]
        first = self._list(items, depth) if isinstance(items, list) and items else []
        more = schema.get("additionalItems", True) if isinstance(items, list) else items
        rest = None if more is False else self._inner({} if more is True else more, depth)

        def check(value: Any, run: Run) -> str | None:
            if not isinstance(value, list):
                return None
            if rest is None and len(value) > len(first):
                return f"it has more than {len(first)} items"
            for at, item in enumerate(value):
                each = first[at] if at < len(first) else rest
                error = each(item, run) if each else None
                if error:
                    return f"[{at}]: {error}"
            return None

        return check

    def _properties(self, schema: Mapping[str, Any], depth: int) -> Check:
        known = self._map(schema.get("properties", {}), depth)
        patterns = [
            (keywords.pattern_of(text), check)
            for text, check in self._map(schema.get("patternProperties", {}), depth).items()
        ]
        more = schema.get("additionalProperties", True)
        rest = None if more is False else self._inner({} if more is True else more, depth)

        def check(value: Any, run: Run) -> str | None:
            if not isinstance(value, dict):
                return None
            for name, item in value.items():
                checks = [known[name]] if name in known else []
                checks += [each for found, each in patterns if found.search(name, run.step)]
                if not checks and rest is None:
                    return f"it has a property {name[:100]!r} that is not allowed"
                for each in checks or [rest or _anything]:
                    error = each(item, run)
                    if error:
                        return f"{name[:100]}: {error}"
            return None

        return check

    def _dependencies(self, schema: Mapping[str, Any], depth: int) -> Check:
        found = schema["dependencies"]
        if not isinstance(found, Mapping):
            raise InvalidSchema("dependencies must be an object")
        checks = {
            name: self._inner({"required": each} if isinstance(each, list) else each, depth)
            for name, each in found.items()
        }

        def check(value: Any, run: Run) -> str | None:
            if not isinstance(value, dict):
                return None
            errors = (each(value, run) for name, each in checks.items() if name in value)
            return next((error for error in errors if error), None)

        return check


_HOLDERS: dict[str, Callable[[Compiler, Mapping[str, Any], int], Check]] = {
    "allOf": Compiler._all,
    "anyOf": Compiler._any,
    "dependencies": Compiler._dependencies,
    "items": Compiler._items,
    "not": Compiler._not,
    "oneOf": Compiler._one,
}


def _anything(_value: Any, run: Run) -> str | None:
    run.step()
    return None


def _tested(test: Test) -> Check:
    return lambda value, run: test(value, run.step)


def _all_of(checks: list[Check]) -> Check:
    def check(value: Any, run: Run) -> str | None:
        run.step()
        run.enter()
        error = next((error for error in (each(value, run) for each in checks) if error), None)
        run.leave()
        return error

    return check
