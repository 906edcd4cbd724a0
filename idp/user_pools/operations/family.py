"""How each module of cognito-idp operations makes its family."""

from __future__ import annotations

from idp.user_pools.aws_errors import AWS_CODES
from kernel.aws.operations import OperationFamily, Output


def cognito_idp() -> OperationFamily:
    return OperationFamily("cognito-idp", errors=AWS_CODES)


def with_token(output: Output, member: str, token: str | None) -> Output:
    """The output with its pagination token, which is absent on the last page."""
    return {**output, member: token} if token else output
