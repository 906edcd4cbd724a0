"""How an invocation can fail."""

from __future__ import annotations

from typing import Any


class FunctionError(Exception):
    """An invocation gave no result."""


class FunctionNotFound(FunctionError):
    """No source knows the function, or its name is malformed."""


class FunctionFailed(FunctionError):
    """The function raised an error or its process ended: AWS's `errorType` and `errorMessage`."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(f"{error_type}: {message}" if message else error_type)
        self.error_type = error_type
        self.message = message


class FunctionUnavailable(FunctionFailed):
    """What runs functions failed, not the function: another try may succeed."""

    def __init__(self, message: str) -> None:
        super().__init__("ServiceException", message)


def failure(details: dict[str, Any]) -> FunctionFailed:
    """The error that a runtime reports as `{"errorType", "errorMessage"}`."""
    return FunctionFailed(
        str(details.get("errorType", "Error")), str(details.get("errorMessage", ""))
    )


class FunctionTimedOut(FunctionError):
    """The function gave no result within its time."""


class FunctionsBusy(FunctionTimedOut):
    """No place for the call became free in time: the function was not asked."""


class FunctionMalformed(FunctionError):
    """The answer is not JSON, or is larger than AWS permits."""
