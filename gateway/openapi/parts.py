"""Parts of an API as a document says them, by the wire names of the control plane's requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.openapi.faults import Path

Members = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """The members of an authorizer, an integration, a validator or a gateway response."""

    members: Members
    where: Path = field(default=(), compare=False)
