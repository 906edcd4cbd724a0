"""Who may call: the interfaces that signatures and policies fill.

An `Authenticator` says who signed a request; an `Authorizer` says what they may do. Both raise
`AwsError`. `kernel/iam` keeps the keys and evaluates the policies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kernel.aws.operations import Principal
from kernel.aws.wire import Request


@dataclass(frozen=True)
class Caller:
    """Who signed a request, and the region of its credential scope."""

    principal: Principal
    region: str
    is_unrestricted: bool = False
    """No policy applies: any key in `--dev`."""


@dataclass(frozen=True)
class KeyMaterial:
    """An access key as its signatures are checked. `session_token` belongs to temporary keys."""

    secret: str = field(repr=False)
    account: str
    arn: str
    is_active: bool = True
    session_token: str | None = field(default=None, repr=False)


class AccessKeys(Protocol):
    """Where access keys are found."""

    def find(self, access_key_id: str) -> KeyMaterial | None:
        """The key of that id, or none; an expired temporary key is none."""


class Authorizer(Protocol):
    """What a principal may do."""

    def authorize(
        self,
        principal: Principal,
        action: str,
        resource_arns: Sequence[str],
        context: Mapping[str, Any],
    ) -> None:
        """Return if `action` is allowed on every resource; else raise AccessDeniedException.

        `context` holds the condition keys of the request, such as aws:SourceIp.
        """


class Authenticator(Protocol):
    """Who signed a request, and whether they may do what it asks."""

    def authenticate(self, request: Request, signing_name: str) -> Caller:
        """The caller of a signed request to the service of that signing name."""

    def authorize(
        self, caller: Caller, action: str, resource_arns: Sequence[str], context: Mapping[str, Any]
    ) -> None:
        """Return if the caller may; else raise AccessDeniedException."""
