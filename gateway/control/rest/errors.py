"""The AWS error of the apigateway model that each refusal becomes."""

from __future__ import annotations

from gateway.control import errors
from gateway.control.errors import Refused


class Exceeded(Refused):
    """One more than a quota allows."""


ERRORS: dict[type[Exception], str] = {**errors.ERRORS, Exceeded: "LimitExceededException"}
