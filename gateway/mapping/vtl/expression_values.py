"""What expressions are worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gateway.mapping.vtl import limits, operators
from gateway.mapping.vtl.errors import TemplateLimitExceeded
from gateway.mapping.vtl.limits import Budget
from gateway.mapping.vtl.map_methods import get, key_of
from gateway.mapping.vtl.methods import call
from gateway.mapping.vtl.tree import (
    Block,
    Expression,
    Index,
    Interpolated,
    ListLiteral,
    Literal,
    MapLiteral,
    MethodCall,
    Not,
    Operations,
    Property,
    Range,
    Reference,
)
from gateway.mapping.vtl.values import Definition, Entry, MadeList, Namespace

Part = Property | MethodCall | Index


class Values:
    """Works expressions out, with the variables of one evaluation. None is a missing value."""

    def __init__(
        self, variables: dict[str, Any], budget: Budget, text_of: Callable[[Block], str]
    ) -> None:
        self._variables = variables
        self._budget = budget
        self._text_of = text_of

    def of(self, expression: Expression) -> Any:
        """The value of an expression. Raises `TemplateError`."""
        self._budget.step()
        self._budget.enter()
        found = _WORKERS[type(expression)](self, expression)
        self._budget.leave()
        return found

    def reference(self, reference: Reference) -> Any:
        """The value that a reference leads to."""
        value = self._variables.get(reference.root)
        return self.walk(value, reference.parts) if reference.parts else value

    def walk(self, value: Any, parts: Sequence[Part]) -> Any:
        """Where properties, calls and indices lead to from a value."""
        for part in parts:
            self._budget.step()
            if value is None:
                return None
            if isinstance(part, Property):
                value = self._property(value, part.name)
            elif isinstance(part, MethodCall):
                arguments = [self.of(argument) for argument in part.arguments]
                value = call(value, part.name, arguments, self._budget)
            else:
                value = self._item(value, self.of(part.key))
        return value

    def _property(self, value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return get(self._budget, value, name)
        if isinstance(value, Namespace):
            return value.properties.get(name)
        if isinstance(value, Entry):
            return {"key": value.key, "value": value.value}.get(name)
        if isinstance(value, (list, str)) and name == "empty":
            return not value
        return None

    def _item(self, value: Any, key: Any) -> Any:
        if isinstance(value, dict):
            return None if key is None else get(self._budget, value, key)
        if isinstance(value, list) and type(key) is int and 0 <= key < len(value):
            return value[key]
        return None

    def _literal(self, literal: Literal) -> Any:
        return literal.value

    def _reference(self, reference: Reference) -> Any:
        value = self.reference(reference)
        return self._text_of(value.body) if isinstance(value, Definition) else value

    def _interpolated(self, interpolated: Interpolated) -> str:
        return self._text_of(interpolated.block)

    def _list(self, literal: ListLiteral) -> MadeList:
        return MadeList(self.of(item) for item in literal.items)

    def _range(self, literal: Range) -> MadeList | None:
        first, last = self.of(literal.first), self.of(literal.last)
        if type(first) is not int or type(last) is not int:
            return None
        count = abs(last - first) + 1
        if count > limits.RANGE_ITEMS:
            raise TemplateLimitExceeded(f"a range has more than {limits.RANGE_ITEMS} items")
        self._budget.step(count)
        step = 1 if last >= first else -1
        return MadeList(range(first, last + step, step))

    def _map(self, literal: MapLiteral) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in literal.entries:
            made[key_of(made, self.of(key), self._budget)] = self.of(value)
        return made

    def _not(self, negation: Not) -> bool:
        return not operators.is_true(self.of(negation.operand))

    def _operations(self, operations: Operations) -> Any:
        value = self.of(operations.first)
        for sign, operand in operations.rest:
            value = self._operation(sign, value, operand)
        return value

    def _operation(self, sign: str, left: Any, operand: Expression) -> Any:
        if sign == "&&":
            return operators.is_true(left) and operators.is_true(self.of(operand))
        if sign == "||":
            return operators.is_true(left) or operators.is_true(self.of(operand))
        right = self.of(operand)
        if sign in {"==", "!="}:
            return operators.are_equal(left, right, self._budget) == (sign == "==")
        if sign in {"<", "<=", ">", ">="}:
            return operators.compare(sign, left, right)
        return operators.calculate(sign, left, right, self._budget)


_WORKERS: dict[type, Callable[[Values, Any], Any]] = {
    Interpolated: Values._interpolated,
    ListLiteral: Values._list,
    Literal: Values._literal,
    MapLiteral: Values._map,
    Not: Values._not,
    Operations: Values._operations,
    Range: Values._range,
    Reference: Values._reference,
}
