"""Why the control plane refuses, and the AWS error each reason becomes."""

from __future__ import annotations


class Refused(Exception):
    """The base of every refusal; its message is for the caller."""


class Missing(Refused):
    """Something that was named does not exist for this account and region."""


class Conflicting(Refused):
    """The change contradicts what exists."""


class Exceeded(Refused):
    """A quota of a REST API's control plane is used up."""


class Invalid(Refused):
    """The request is not one that an HTTP API of Poolgate can act on."""


ERRORS: dict[type[Exception], str] = {
    Missing: "NotFoundException",
    Conflicting: "ConflictException",
    Exceeded: "LimitExceededException",
    Invalid: "BadRequestException",
}


def unsupported(member: str, why: str) -> Invalid:
    """The refusal of a member whose consumer does not exist: nothing is accepted and forgotten."""
    return Invalid(f"{member} is not supported: {why}")
