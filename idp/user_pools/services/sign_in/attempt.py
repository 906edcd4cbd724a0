"""The values that a sign-in passes along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from idp.errors import InvalidParameter
from idp.models import User
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel

R = TypeVar("R")


@dataclass(frozen=True)
class Attempt(Generic[R]):
    """One request of a sign-in. `user` is None where nobody has the name that was typed."""

    kernel: Kernel
    context: ClientContext
    complete: Callable[[Attempt[R], User], R]
    """What the sign-in ends with, once every challenge is answered: tokens, or a session."""
    username: str
    """As the caller typed it."""
    user: User | None
    failure_subject: str
    """What failures are counted for (see `services.lockout`)."""
    sign_in_id: str
    """Names the whole sign-in, over all of its challenges."""
    client_metadata: Mapping[str, str] = field(default_factory=dict)
    flow: str = "password"
    """`password` or `srp`, for the metrics."""


@dataclass(frozen=True)
class Challenge:
    """A question that the client must answer next."""

    name: str
    parameters: Mapping[str, str]
    session: str | None = None

    def to_output(self) -> dict[str, Any]:
        """Members of InitiateAuthResponse."""
        output: dict[str, Any] = {
            "ChallengeName": self.name,
            "ChallengeParameters": dict(self.parameters),
        }
        if self.session:
            output["Session"] = self.session
        return output


def parameter(parameters: Mapping[str, str], name: str) -> str:
    """A required authentication parameter or challenge response. Raises `InvalidParameter`."""
    value = parameters.get(name)
    if not value:
        raise InvalidParameter(f"Missing required parameter {name}")
    return value
