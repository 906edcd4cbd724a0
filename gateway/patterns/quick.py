"""Patterns that even a backtracking engine matches in linear time, and which Python's `re` does
some hundred times faster: characters of fixed number, of which only the last may be repeated."""

from __future__ import annotations

import re

from gateway.patterns.tree import Characters, Node, Repeat, Sequence

MOST_CHARACTERS = 64


def quick_form(tree: Node) -> re.Pattern[str] | None:
    """The same pattern for `re`; None where it is none of these."""
    items = tree.items if isinstance(tree, Sequence) else (tree,)
    parts = [_part(item, is_last=at == len(items) - 1) for at, item in enumerate(items)]
    known = [part for part in parts if part is not None]
    if not items or len(known) < len(parts) or sum(part[1] for part in known) > MOST_CHARACTERS:
        return None
    return re.compile("".join(written for written, _ in known))


def literal_form(tree: Node) -> str | None:
    """The text that is all that a pattern matches; None where it matches others."""
    items = tree.items if isinstance(tree, Sequence) else (tree,)
    written = ""
    for item in items:
        if not isinstance(item, Characters) or len(item.ranges) != 1:
            return None
        first, last = item.ranges[0]
        if first != last:
            return None
        written += chr(first)
    return written or None


def _part(node: Node, *, is_last: bool) -> tuple[str, int] | None:
    """A node as `re` writes it, and how many characters it needs at least."""
    item = node.item if isinstance(node, Repeat) else node
    if not isinstance(item, Characters) or not item.ranges:
        return None
    written = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in item.ranges)
    if not isinstance(node, Repeat):
        return f"[{written}]", 1
    if node.least != node.most and not (is_last and node.is_greedy):
        return None
    most = "" if node.most is None else str(node.most)
    return f"[{written}]{{{node.least},{most}}}", node.least
