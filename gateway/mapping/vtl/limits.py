"""What one evaluation may use, counted as it goes.

Templates run on the worker's one hub, so that each bound is also a bound on how long all other
requests wait.
"""

from __future__ import annotations

from gateway import quotas
from gateway.mapping.vtl.errors import TemplateLimitExceeded
from gateway.patterns import Pattern

ITERATIONS = 1_000
"""API Gateway quotas for REST APIs: "Number of iterations in a #foreach ... #end loop in mapping
templates: 1,000"."""
OUTPUT_CHARACTERS = quotas.PAYLOAD_BYTES
"""The same: "Payload size: 10 MB"."""

# Poolgate's own, where AWS documents none.
STEPS = 200_000
"""Nodes evaluated, and units of work in methods."""
STRING_CHARACTERS = 64 * 1024 * 1024
"""Characters of all strings made on the way."""
CHARACTERS_PER_STEP = 512
NESTING = 32
"""Blocks, expressions and macros inside each other."""
VALUE_NESTING = 100
"""Objects and lists inside each other, when they are written."""
RANGE_ITEMS = 10_000
INTEGER = 2**63
STEPS_OF_A_PATTERN = 2_000
"""What compiling a regular expression costs, each one once."""


class Budget:
    """What is left of one evaluation's limits."""

    __slots__ = ("_characters", "_depth", "_output", "_steps", "patterns")

    def __init__(self) -> None:
        self._steps = STEPS
        self._characters = STRING_CHARACTERS
        self._output = OUTPUT_CHARACTERS
        self._depth = 0
        self.patterns: dict[str, Pattern] = {}
        """Those that the evaluation has paid for."""

    def step(self, count: int = 1) -> None:
        """Spend steps. Raises `TemplateLimitExceeded`, as all methods do."""
        self._steps -= count
        if self._steps < 0:
            raise TemplateLimitExceeded(f"the template takes more than {STEPS} steps")

    def work(self, characters: int) -> None:
        """Spend the steps that reading or making so many characters takes."""
        self.step(1 + characters // CHARACTERS_PER_STEP)

    def make(self, characters: int) -> None:
        """Spend the memory of a string about to be made."""
        self.work(characters)
        self._characters -= characters
        if self._characters < 0:
            raise TemplateLimitExceeded("the template makes too many strings")

    def write(self, characters: int) -> None:
        """Spend output."""
        self._output -= characters
        if self._output < 0:
            raise TemplateLimitExceeded("the template's output is larger than 10 MB")

    def enter(self) -> None:
        """Go one level down."""
        self._depth += 1
        if self._depth > NESTING:
            raise TemplateLimitExceeded(f"the template nests deeper than {NESTING} levels")

    def leave(self) -> None:
        self._depth -= 1
