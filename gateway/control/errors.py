"""Why the control plane refuses, and the AWS error each reason becomes."""

from __future__ import annotations

from kernel.aws.operations import CodeAndStatus


class Refused(Exception):
    """The base of every refusal; its message is for the caller."""


class Missing(Refused):
    """Something that was named does not exist for this account and region."""


class Conflicting(Refused):
    """The change contradicts what exists."""


class Full(Conflicting):
    """A quota of an HTTP API is used up."""


class Exceeded(Refused):
    """A quota of a REST API's control plane is used up."""


class Invalid(Refused):
    """The request is not one that Poolgate can act on."""


ERRORS: dict[type[Exception], str | CodeAndStatus] = {
    Missing: "NotFoundException",
    Conflicting: "ConflictException",
    # Seen on AWS: "StatusCode: 429, ConflictException: Maximum number of Authorizers for this API
    # has been reached."
    Full: CodeAndStatus("ConflictException", 429),
    Exceeded: "LimitExceededException",
    Invalid: "BadRequestException",
}


def unsupported(member: str, why: str) -> Invalid:
    """The refusal of a member whose consumer does not exist: nothing is accepted and forgotten."""
    return Invalid(f"{member} is not supported: {why}")


RAISABLE_TIMEOUT = ". The operator may raise the most with the setting integration_timeout"
"""What both planes add where the time-out of an integration is too long."""
