"""The services of one process, made once by `app.create_app` and handed to everything above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from kernel.clock import Clock, Randomness
from kernel.configuration import KeptConfiguration
from kernel.database import Database
from kernel.functions.registry import Functions
from kernel.messaging.messenger import Messenger
from kernel.outbound import Outbound
from kernel.sealing import Sealer
from kernel.settings import Settings
from kernel.shared_state.interface import SharedState

T = TypeVar("T")


@dataclass(frozen=True)
class Kernel:
    """What a request may use. Time and randomness are among it, so that tests control them."""

    settings: Settings
    database: Database
    sealer: Sealer
    shared_state: SharedState
    outbound: Outbound
    messenger: Messenger
    functions: Functions
    clock: Clock = field(default_factory=Clock)
    randomness: Randomness = field(default_factory=Randomness)
    configuration: KeptConfiguration = field(default_factory=KeptConfiguration)
    _provided: dict[type[Any], Any] = field(default_factory=dict)
    _closers: list[Callable[[], None]] = field(default_factory=list)

    def provide(self, *services: object) -> None:
        """Make services of the packages above reachable by their class. Called at start only."""
        for service in services:
            self._provided[type(service)] = service

    def on_close(self, close: Callable[[], None]) -> None:
        """Call `close` when the process stops serving: the last registered first."""
        self._closers.append(close)

    def close(self) -> None:
        """Stop background work, then let go of the database and the shared state."""
        while self._closers:
            self._closers.pop()()
        self.functions.close()
        self.shared_state.close()
        self.database.close()

    def find(self, kind: type[T]) -> T | None:
        """The service of that class, where one was provided."""
        return self._provided.get(kind)

    def of(self, kind: type[T]) -> T:
        """The service of that class, as `app.create_app` provided it."""
        service: T = self._provided[kind]
        return service
