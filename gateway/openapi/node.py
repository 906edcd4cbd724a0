"""A place in a document: its value, and where it is for whoever must be told of a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.json_pointers import tokens_of
from gateway.openapi.faults import Faults, Path
from gateway.openapi.repetitions import Repetitions

MOST_REFERENCES = 20
"""References that lead to references, in a row."""


@dataclass(frozen=True)
class Node:
    """A value with its path. Reading one of the wrong type is a fault, and gives nothing."""

    value: Any
    path: Path
    root: Any
    faults: Faults
    repetitions: Repetitions = field(default_factory=Repetitions)

    @classmethod
    def of(cls, document: Any, faults: Faults) -> Node:
        return cls(document, (), document, faults)

    def fault(self, message: str) -> None:
        self.faults.add(self.path, message)

    def warn(self, message: str) -> None:
        self.faults.warn(self.path, message)

    def has(self, *names: str) -> bool:
        """Whether an object has any of these members."""
        return isinstance(self.value, dict) and any(name in self.value for name in names)

    def member(self, name: str) -> Node:
        """A member of an object; its value is None where there is none."""
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return self._at(name, value)

    def members(self, name: str | None = None) -> Iterator[tuple[str, Node]]:
        """The members of this object, or of the object that a member is."""
        node = self if name is None else self.member(name)
        if node.value is None:
            return
        if not isinstance(node.value, dict):
            node.fault("it must be an object")
            return
        for key, value in node.value.items():
            yield key, node._at(key, value)

    def elements(self, name: str) -> Iterator[Node]:
        """The elements of the list that a member is."""
        node = self.member(name)
        if node.value is None:
            return
        if not isinstance(node.value, list):
            node.fault("it must be a list")
            return
        for number, value in enumerate(node.value):
            yield node._at(number, value)

    def text(self, name: str) -> str:
        """The text that a member is, or the number that YAML made of it; empty for none."""
        node = self.member(name)
        if node.value is None:
            return ""
        if isinstance(node.value, str):
            return node.value
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            return str(node.value)
        node.fault("it must be text")
        return ""

    def flag(self, name: str) -> bool:
        """The boolean that a member is; false for none."""
        node = self.member(name)
        if node.value is None:
            return False
        if isinstance(node.value, bool):
            return node.value
        node.fault("it must be true or false")
        return False

    def texts(self, name: str) -> list[str]:
        """The texts of the list that a member is."""
        found = []
        for element in self.elements(name):
            if isinstance(element.value, str):
                found.append(element.value)
            else:
                element.fault("it must be text")
        return found

    def repeated(self, name: str) -> Node:
        """A member that is read anew for each of many places; what that costs is bounded.

        Raises `InvalidDocument`.
        """
        node = self.member(name)
        self.repetitions.add(node.value)
        return node

    def resolved(self) -> Node:
        """Where the references of this place lead in the end. Raises nothing: a reference that
        leads nowhere, in a circle or out of the document is a fault, and gives an empty object."""
        node = self
        for _ in range(MOST_REFERENCES):
            if not isinstance(node.value, dict) or "$ref" not in node.value:
                return node
            found = self._find(node.value["$ref"])
            if found is None:
                return self._at_here({})
            node = found
        self.fault("its $ref leads in a circle")
        return self._at_here({})

    def _find(self, reference: Any) -> Node | None:
        if not isinstance(reference, str):
            self.fault("its $ref must be text")
            return None
        if not reference.startswith("#/"):
            self.fault(f"its $ref leads out of the document: {reference[:100]}")
            return None
        value, path = self.root, tokens_of(reference[1:])
        for step in path:
            if not isinstance(value, dict) or step not in value:
                self.fault(f"its $ref leads nowhere: {reference[:100]}")
                return None
            value = value[step]
        self.repetitions.add(value)
        return replace(self, value=value, path=path)

    def _at(self, step: str | int, value: Any) -> Node:
        return replace(self, value=value, path=(*self.path, step))

    def _at_here(self, value: Any) -> Node:
        return replace(self, value=value)
