"""Reading BER, in the form that LDAP restricts it to.

RFC 4511 §5.1: "Only the definite form of length encoding is used." No tag of LDAP takes more than
one octet. An element never reaches beyond the one that it is in.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_LENGTH_OCTETS = 4


class Malformed(Exception):
    """What a server sent is no BER that LDAP allows."""


@dataclass(frozen=True)
class Element:
    """A tag, in its octet, and its content."""

    tag: int
    content: bytes

    def elements(self) -> list[Element]:
        """What a constructed element is made of. Raises `Malformed`."""
        found, position = [], 0
        while position < len(self.content):
            size = whole_size(self.content[position : position + 2 + MOST_LENGTH_OCTETS])
            if size is None or position + size[1] > len(self.content):
                raise Malformed
            start, end = position + size[0], position + size[1]
            found.append(Element(self.content[position], self.content[start:end]))
            position = end
        return found

    def number(self) -> int:
        """An INTEGER or ENUMERATED. Raises `Malformed`."""
        if not 1 <= len(self.content) <= 4:
            raise Malformed
        return int.from_bytes(self.content, signed=True)


def whole_size(head: bytes) -> tuple[int, int] | None:
    """How many octets come before the content of the element that begins so, and how many it has
    in all; None where that is not known yet. Raises `Malformed`."""
    if len(head) < 2:
        return None
    if head[0] & 0x1F == 0x1F:
        raise Malformed
    if head[1] < 0x80:
        return 2, 2 + head[1]
    octets = head[1] & 0x7F
    if not 1 <= octets <= MOST_LENGTH_OCTETS:
        raise Malformed
    if len(head) < 2 + octets:
        return None
    return 2 + octets, 2 + octets + int.from_bytes(head[2 : 2 + octets])
