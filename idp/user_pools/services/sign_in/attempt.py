"""The values that a sign-in passes along."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from idp.errors import InvalidParameter
from idp.models import User
from idp.user_pools.rules.custom_challenges import Round
from idp.user_pools.services.circumstances import NOT_TOLD, Circumstances
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.token_sets import TokenSet
from idp.user_pools.services.tokens import Opening
from kernel.runtime import Kernel

R = TypeVar("R")


@dataclass(frozen=True)
class Asked:
    """What a request says beside whom it is about."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    """ClientMetadata, for triggers."""
    circumstances: Circumstances = NOT_TOLD
    device_key: str | None = None
    pool_id: str | None = None
    """Of an Admin operation: the pool that the client must belong to."""
    session: str | None = None
    """InitiateAuth: ConfirmSignUp's Session (`signed_up`)."""


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
    """`password`, `srp`, ... for the metrics."""
    circumstances: Circumstances = NOT_TOLD
    device_key: str | None = None
    """The device that the client says it is on (DEVICE_KEY)."""
    factors: tuple[str, ...] = ()
    """What has been proved so far in this sign-in: PASSWORD, and names of challenges."""
    history: tuple[Round, ...] | None = None
    """Of a custom sign-in: the challenges that were answered, for its functions."""
    has_new_password: bool = False
    """Whether this request has replaced a temporary password."""
    validation_data: Mapping[str, str] = field(default_factory=dict)
    """ClientMetadata of the request that began it, for the functions that are called then."""

    began: float = field(default_factory=time.monotonic, compare=False)
    """When the user was begun to be looked for, of `time.monotonic` (`equal_time`)."""

    client_public: int | None = None
    """SRP_A of a password that has just been proved; see `devices.key_without_session`."""
    levels: tuple[int, ...] = ()
    """The levels of authentication that it aims at (`step_up`), the preferred one first."""
    credited: tuple[str, ...] = ()
    """What an earlier sign-in has proved (`step_up`). It counts for the level alone: whatever else
    asks for a factor asks for a fresh one."""
    credited_by: str = ""
    """The id of that sign-in: what it has proved counts as long as nobody has revoked it."""
    is_custom: bool = False
    """Whether CUSTOM_AUTH began it: threat protection has a mode of its own for that."""

    def proved(self, factor: str) -> Attempt[R]:
        """The attempt after a further factor."""
        return replace(self, factors=(*self.factors, factor))

    @property
    def proofs(self) -> tuple[str, ...]:
        """What is proved of the user, now and earlier: what his tokens tell."""
        return (*self.credited, *self.factors)

    @property
    def opening(self) -> Opening:
        """How the sign-in came about, for its record. What the client says of its device is a
        claim, which `devices.bind` looks at."""
        here = self.circumstances
        return Opening(self.proofs, None, None, here.address, here.user_agent)


@dataclass(frozen=True)
class Challenge:
    """A question that the client must answer next."""

    name: str
    parameters: Mapping[str, str]
    session: str | None = None
    available: Sequence[str] = ()
    """AvailableChallenges, of which the answer names one."""

    def to_output(self) -> dict[str, Any]:
        """Members of InitiateAuthResponse."""
        output: dict[str, Any] = {
            "ChallengeName": self.name,
            "ChallengeParameters": dict(self.parameters),
        }
        if self.session:
            output["Session"] = self.session
        if self.available:
            output["AvailableChallenges"] = list(self.available)
        return output


Outcome = Challenge | TokenSet
"""What an operation of a sign-in answers."""


def parameter(parameters: Mapping[str, str], name: str) -> str:
    """A required authentication parameter or challenge response. Raises `InvalidParameter`."""
    return given(name, parameters.get(name))


def given(name: str, value: str | None) -> str:
    """The value of a required member. Raises `InvalidParameter` where there is none."""
    if not value:
        raise InvalidParameter(f"Missing required parameter {name}")
    return value
