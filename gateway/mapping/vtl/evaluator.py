"""Renders a compiled template with some variables, within the limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.mapping.vtl import limits
from gateway.mapping.vtl.errors import TemplateLimitExceeded
from gateway.mapping.vtl.expression_values import Values
from gateway.mapping.vtl.limits import Budget
from gateway.mapping.vtl.map_methods import put
from gateway.mapping.vtl.operators import is_true
from gateway.mapping.vtl.tree import (
    Block,
    Break,
    Define,
    Escaped,
    Foreach,
    If,
    Index,
    Macro,
    MacroCall,
    Property,
    Reference,
    Set,
    Stop,
    Text,
)
from gateway.mapping.vtl.values import Definition
from gateway.mapping.vtl.writing import to_text

_MISSING = object()
_BREAK = "break"
_STOP = "stop"


def evaluate(template: Block, variables: Mapping[str, Any]) -> str:
    """A template's text. Raises `TemplateError`.

    Variables are JSON-like values and `Namespace`s; maps and lists among them may be changed by
    the template, and are the caller's own.
    """
    evaluator = _Evaluator(dict(variables))
    try:
        evaluator.render(template)
    except RecursionError:
        raise TemplateLimitExceeded("the template nests too deeply") from None
    return "".join(evaluator.written)


class _Evaluator:
    """The variables, and what was written so far."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self.variables = variables
        self.written: list[str] = []
        self._budget = Budget()
        self._values = Values(variables, self._budget, self._text_of)
        self._macros: dict[str, Macro] = {}

    def render(self, block: Block) -> str:
        """Write a block; answers with `break` or `stop` where that ended it."""
        self._budget.enter()
        signal = ""
        for node in block:
            self._budget.step()
            signal = _RENDERERS[type(node)](self, node) or ""
            if signal:
                break
        self._budget.leave()
        return signal

    def _text_of(self, block: Block) -> str:
        """What a block writes, as text."""
        outer, self.written = self.written, []
        try:
            self.render(block)
            text = "".join(self.written)
        finally:
            self.written = outer
        self._budget.make(len(text))
        return text

    def _write(self, text: str) -> None:
        self._budget.write(len(text))
        self.written.append(text)

    def _render_text(self, node: Text) -> None:
        self._write(node.text)

    def _render_reference(self, node: Reference) -> None:
        value = self._values.reference(node)
        if value is not None:
            self._write(self._shown(value))
        elif not node.is_quiet and node.root not in self.variables:
            self._write(node.source)

    def _shown(self, value: Any) -> str:
        if isinstance(value, Definition):
            return self._text_of(value.body)
        return to_text(value, self._budget)

    def _render_escaped(self, node: Escaped) -> None:
        """Two backslashes before a reference with a value are one, and an odd one hides it."""
        if node.reference.root not in self.variables:
            self._write("\\" * node.backslashes + node.reference.source)
            return
        self._write("\\" * (node.backslashes // 2))
        if node.backslashes % 2:
            self._write(node.reference.source)
        else:
            self._render_reference(node.reference)

    def _render_set(self, node: Set) -> None:
        """Velocity 1.7 leaves a variable as it is where the value is missing."""
        value = self._values.of(node.value)
        if value is None:
            return
        if not node.target.parts:
            self.variables[node.target.root] = value
            return
        *parts, last = node.target.parts
        holder = self._values.walk(self.variables.get(node.target.root), parts)
        if isinstance(last, Property) and isinstance(holder, dict):
            put(self._budget, holder, last.name, value)
        elif isinstance(last, Index):
            self._set_item(holder, self._values.of(last.key), value)

    def _set_item(self, holder: Any, key: Any, value: Any) -> None:
        if isinstance(holder, dict):
            put(self._budget, holder, key, value)
        elif isinstance(holder, list) and type(key) is int and 0 <= key < len(holder):
            holder[key] = value

    def _render_if(self, node: If) -> str:
        for condition, body in node.branches:
            if condition is None or is_true(self._values.of(condition)):
                return self.render(body)
        return ""

    def _render_foreach(self, node: Foreach) -> str:
        items = self._items(self._values.of(node.source))
        names = (node.variable, "foreach", "velocityCount", "velocityHasNext")
        outer = {name: self.variables.get(name, _MISSING) for name in names}
        signal = ""
        for index, item in enumerate(items):
            if index >= limits.ITERATIONS:
                raise TemplateLimitExceeded(f"a #foreach takes more than {limits.ITERATIONS} turns")
            self.variables.update(self._turn(node.variable, item, index, len(items), outer))
            signal = self.render(node.body)
            if signal:
                break
        self._restore(outer)
        return signal if signal == _STOP else ""

    def _turn(
        self, variable: str, item: Any, index: int, count: int, outer: Mapping[str, Any]
    ) -> dict[str, Any]:
        has_next = index + 1 < count
        turn = {
            "count": index + 1,
            "first": index == 0,
            "hasNext": has_next,
            "index": index,
            "last": not has_next,
            "parent": outer["foreach"] if outer["foreach"] is not _MISSING else None,
        }
        return {
            variable: item,
            "foreach": turn,
            "velocityCount": index + 1,
            "velocityHasNext": has_next,
        }

    def _items(self, source: Any) -> list[Any]:
        """What a loop goes through: a list's items or a map's values."""
        items = source.values() if isinstance(source, dict) else source
        if not isinstance(source, (dict, list)):
            return []
        self._budget.step(len(source) // 16)
        return list(items)

    def _restore(self, outer: Mapping[str, Any]) -> None:
        for name, value in outer.items():
            if value is _MISSING:
                self.variables.pop(name, None)
            else:
                self.variables[name] = value

    def _render_break(self, _node: Break) -> str:
        return _BREAK

    def _render_stop(self, _node: Stop) -> str:
        return _STOP

    def _render_macro(self, node: Macro) -> None:
        self._macros[node.name] = node

    def _render_macro_call(self, node: MacroCall) -> str:
        macro = self._macros.get(node.name)
        if macro is None:
            self._write(node.source)
            return ""
        given = [self._values.of(argument) for argument in node.arguments]
        given += [None] * (len(macro.parameters) - len(given))
        outer = {name: self.variables.get(name, _MISSING) for name in macro.parameters}
        for name, value in zip(macro.parameters, given, strict=False):
            self.variables[name] = value
        signal = self.render(macro.body)
        self._restore(outer)
        return signal if signal == _STOP else ""

    def _render_define(self, node: Define) -> None:
        self.variables[node.name] = Definition(node.body)


_RENDERERS: dict[type, Callable[[_Evaluator, Any], str | None]] = {
    Break: _Evaluator._render_break,
    Define: _Evaluator._render_define,
    Escaped: _Evaluator._render_escaped,
    Foreach: _Evaluator._render_foreach,
    If: _Evaluator._render_if,
    Macro: _Evaluator._render_macro,
    MacroCall: _Evaluator._render_macro_call,
    Reference: _Evaluator._render_reference,
    Set: _Evaluator._render_set,
    Stop: _Evaluator._render_stop,
    Text: _Evaluator._render_text,
}
