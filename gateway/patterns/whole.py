"""Whether all of a text matches: a walk through states, which are sets of a program's threads.

A text comes by few states, and by each of them with few characters, so that each such step is made
once and remembered until the end of the text. Where a pattern and a text are made to need ever new
states, each costs at most the program's length, as in `gateway.patterns.matching`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.patterns.matching import Work, has, is_word
from gateway.patterns.program import Program

QUICK = 64
"""How many steps that are remembered take the time of one thread's move."""


@dataclass(eq=False, slots=True)
class _State:
    """Where threads go on, and whether a word character is before them; None at the start."""

    counters: frozenset[int]
    before: bool | None
    moves: dict[str, _State] = field(default_factory=dict)


def matches_whole(program: Program, text: str, work: Work) -> bool:
    """Whether the program matches the text from its start to its end."""
    walk = _Walk(program, work)
    work(len(text) // QUICK)
    state = _State(frozenset({0}), None)
    for character in text:
        following = state.moves.get(character)
        if following is None:
            following = state.moves[character] = walk.move(state, character)
        if not following.counters:
            return False
        state = following
    return any(program[counter].kind == "match" for counter in walk.threads(state, ""))


class _Walk:
    """Makes the steps of one text."""

    def __init__(self, program: Program, work: Work) -> None:
        self._program = program
        self._work = work
        self._states: dict[tuple[frozenset[int], bool], _State] = {}
        anchors = {instruction.anchor for instruction in program}
        self._looks_back = not anchors.isdisjoint({"boundary", "inside"})

    def move(self, state: _State, character: str) -> _State:
        """The state behind a character."""
        program, code = self._program, ord(character)
        counters = frozenset(
            program[counter].then
            for counter in self.threads(state, character)
            if has(program[counter], code)
        )
        before = self._looks_back and is_word(character)
        known = self._states.get((counters, before))
        if known is None:
            known = self._states[counters, before] = _State(counters, before)
        return known

    def threads(self, state: _State, following: str) -> list[int]:
        """What a state leads to without reading a character. `following` is empty at the end."""
        threads: list[int] = []
        seen: set[int] = set()
        pending = list(state.counters)
        while pending:
            counter = pending.pop()
            if counter in seen:
                continue
            seen.add(counter)
            instruction = self._program[counter]
            kind = instruction.kind
            if kind in ("characters", "match"):
                threads.append(counter)
            elif kind != "anchor" or _is_at(instruction.anchor, state.before, following):
                pending.append(instruction.then)
                if kind == "split":
                    pending.append(instruction.otherwise)
        self._work(1 + len(threads) + len(seen))
        return threads


def _is_at(anchor: str, before: bool | None, following: str) -> bool:
    if anchor == "start":
        return before is None
    if anchor == "end":
        return not following
    is_boundary = bool(before) != bool(following and is_word(following))
    return is_boundary == (anchor == "boundary")
