"""How much one worker holds of what is read whole: one bound for all of its requests.

Bodies and replies may have 10 MB each and take their time to come or to be sent, so that a few
hundred clients could fill the memory. What passes as it comes holds a block and is not counted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from gateway.integrations.errors import NoRoom

MOST_HELD_BYTES = 256 * 1024 * 1024

Hold = Callable[[int], None]
"""Told of bytes before they are kept. Raises `NoRoom`."""


def uncounted(_count: int) -> None:
    """What counts nowhere, because somebody else bounds it."""


class Room:
    """The bytes that are left. Beyond `MOST_HELD_BYTES` of all together nobody gets more."""

    def __init__(self) -> None:
        self._left = MOST_HELD_BYTES
        self._lock = threading.Lock()

    def take(self, count: int) -> bool:
        """Whether there was room for so many bytes more, which are then held."""
        with self._lock:
            if count > self._left:
                return False
            self._left -= count
            return True

    def give_back(self, count: int) -> None:
        with self._lock:
            self._left += count


class Share:
    """What one request holds of the room; whoever makes one sees to it that it is let go."""

    __slots__ = ("_room", "held")

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held = 0

    def hold(self, count: int) -> None:
        """Hold so many bytes more. Raises `NoRoom`."""
        if not self._room.take(count):
            raise NoRoom("too much is held of other requests")
        self.held += count

    def let_go(self, keep: int = 0) -> None:
        """Give back all but `keep` bytes."""
        if self.held > keep:
            self._room.give_back(self.held - keep)
            self.held = keep
