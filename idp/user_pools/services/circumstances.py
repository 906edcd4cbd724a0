"""Where a request comes from: a value that sign-ins, sessions and threat protection pass along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Circumstances:
    """Where a request of a person comes from, as far as it tells."""

    address: str = ""
    """The person's: the caller's, or what an Admin operation's ContextData says."""
    user_agent: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    """UserContextData, or ContextData of an Admin operation."""


NOT_TOLD = Circumstances()
