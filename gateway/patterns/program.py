"""A pattern's tree as a program for the matcher (Thompson's construction)."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.patterns.syntax import InvalidPattern
from gateway.patterns.tree import (
    Anchor,
    Characters,
    Choice,
    Group,
    Node,
    Ranges,
    Repeat,
    Sequence,
)

MOST_INSTRUCTIONS = 2_000
MOST_VISITS = 8_000


@dataclass(slots=True)
class Instruction:
    """`characters` goes on at `then` behind a character of `ranges`; `split` goes to `then` first
    and to `otherwise` second; `save` notes the position in `slot`; `anchor` asks for a place."""

    kind: str
    ranges: Ranges = ()
    then: int = 0
    otherwise: int = 0
    slot: int = 0
    anchor: str = ""


Program = tuple[Instruction, ...]


def assemble(node: Node) -> Program:
    """The program of a tree. Raises `InvalidPattern` where it is too large."""
    assembler = _Assembler()
    assembler.save(0)
    assembler.put(node)
    assembler.save(1)
    assembler.add(Instruction("match"))
    return tuple(assembler.code)


class _Assembler:
    def __init__(self) -> None:
        self.code: list[Instruction] = []
        self._visits = 0

    def add(self, instruction: Instruction) -> int:
        if len(self.code) >= MOST_INSTRUCTIONS:
            raise InvalidPattern("the pattern is too large")
        self.code.append(instruction)
        return len(self.code) - 1

    def save(self, slot: int) -> None:
        at = self.add(Instruction("save", slot=slot))
        self.code[at].then = at + 1

    def put(self, node: Node) -> None:
        # Repetitions of nothing would add no instruction, and multiply all the same.
        self._visits += 1
        if self._visits > MOST_VISITS:
            raise InvalidPattern("the pattern is too large")
        if isinstance(node, Characters):
            at = self.add(Instruction("characters", ranges=node.ranges))
            self.code[at].then = at + 1
        elif isinstance(node, Anchor):
            at = self.add(Instruction("anchor", anchor=node.kind))
            self.code[at].then = at + 1
        elif isinstance(node, Sequence):
            for item in node.items:
                self.put(item)
        elif isinstance(node, Group):
            self.save(2 * node.number)
            self.put(node.item)
            self.save(2 * node.number + 1)
        elif isinstance(node, Choice):
            self._choice(node.branches)
        else:
            self._repeat(node)

    def _choice(self, branches: tuple[Node, ...]) -> None:
        jumps = []
        for branch in branches[:-1]:
            split = self.add(Instruction("split"))
            self.code[split].then = split + 1
            self.put(branch)
            jumps.append(self.add(Instruction("jump")))
            self.code[split].otherwise = len(self.code)
        self.put(branches[-1])
        for jump in jumps:
            self.code[jump].then = len(self.code)

    def _repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self.put(node.item)
        if node.most is None:
            split = self.add(Instruction("split"))
            self.put(node.item)
            self.add(Instruction("jump", then=split))
            self._aim(split, node.is_greedy)
            return
        splits = []
        for _ in range(node.most - node.least):
            splits.append(self.add(Instruction("split")))
            self.put(node.item)
        for split in splits:
            self._aim(split, node.is_greedy)

    def _aim(self, split: int, is_greedy: bool) -> None:
        """Let a split try its item first, or last, and go on here otherwise."""
        inside, behind = split + 1, len(self.code)
        first, second = (inside, behind) if is_greedy else (behind, inside)
        self.code[split].then, self.code[split].otherwise = first, second
