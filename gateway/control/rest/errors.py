"""The AWS error of the apigateway model that each refusal becomes."""

from __future__ import annotations

from gateway.control.errors import ERRORS, Exceeded

__all__ = ["ERRORS", "Exceeded"]
