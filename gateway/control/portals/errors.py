"""The AWS error of each refusal of these operations."""

from __future__ import annotations

from gateway.control import errors
from gateway.control.errors import Exceeded, Refused
from kernel.aws.operations import CodeAndStatus

NOT_HOSTED = "Poolgate hosts no portals: they are validated, stored and described"


class Denied(Refused):
    """Something of another account, which shares nothing here."""


ERRORS: dict[type[Exception], str | CodeAndStatus] = {
    **errors.ERRORS,
    Denied: "AccessDeniedException",
    Exceeded: "BadRequestException",
}
"""Their operations have no LimitExceededException."""
