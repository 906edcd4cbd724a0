"""Runs a program over a text: all its threads at once, character by character (Pike's machine).

Each character costs at most the program's length, so that a match takes time linear in the text.
Threads are kept in order of preference, so that the match is the one that Java would find.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.patterns.program import Instruction, Program

Slots = tuple[int, ...]
Work = Callable[[int], None]
"""Told how many threads were moved on; may raise."""
_Thread = tuple[int, Slots]


def match(program: Program, text: str, start: int, slots: int, work: Work) -> Slots | None:
    """The slots of the first match at or behind `start`."""
    machine = _Machine(program, text, slots)
    found: Slots | None = None
    threads: list[_Thread] = []
    for at in range(start, len(text) + 1):
        if found is None:
            machine.add(threads, 0, at, machine.no_slots)
        if not threads and found is not None:
            break
        work(1 + len(threads) + machine.visited)
        following: list[_Thread] = []
        machine.next()
        code = ord(text[at]) if at < len(text) else -1
        for counter, saved in threads:
            instruction = program[counter]
            if instruction.kind == "match":
                found = saved
                break
            if code >= 0 and has(instruction, code):
                machine.add(following, instruction.then, at + 1, saved)
        threads = following
    return found


def has(instruction: Instruction, code: int) -> bool:
    """Whether an instruction reads a character."""
    return any(first <= code <= last for first, last in instruction.ranges)


class _Machine:
    """Adds threads, each place of the program once for each character."""

    def __init__(self, program: Program, text: str, slots: int) -> None:
        self._program = program
        self._text = text
        self._seen: set[int] = set()
        self.no_slots: Slots = (-1,) * slots

    @property
    def visited(self) -> int:
        return len(self._seen)

    def next(self) -> None:
        self._seen = set()

    def add(self, threads: list[_Thread], counter: int, at: int, saved: Slots) -> None:
        """Add the threads that `counter` leads to without reading a character."""
        pending = [(counter, saved)]
        while pending:
            counter, saved = pending.pop()
            if counter in self._seen:
                continue
            self._seen.add(counter)
            instruction = self._program[counter]
            kind = instruction.kind
            if kind == "jump":
                pending.append((instruction.then, saved))
            elif kind == "split":
                pending.append((instruction.otherwise, saved))
                pending.append((instruction.then, saved))
            elif kind == "save":
                slot = instruction.slot
                pending.append((instruction.then, (*saved[:slot], at, *saved[slot + 1 :])))
            elif kind == "anchor":
                if self._is_at(instruction.anchor, at):
                    pending.append((instruction.then, saved))
            else:
                threads.append((counter, saved))

    def _is_at(self, anchor: str, at: int) -> bool:
        if anchor == "start":
            return at == 0
        if anchor == "end":
            return at == len(self._text)
        before = at > 0 and is_word(self._text[at - 1])
        behind = at < len(self._text) and is_word(self._text[at])
        return (before != behind) == (anchor == "boundary")


def is_word(character: str) -> bool:
    """Whether a character belongs to words, as Java's `\\w` has it."""
    return character == "_" or (character.isascii() and character.isalnum())
