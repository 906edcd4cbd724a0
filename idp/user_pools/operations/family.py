"""How each module of cognito-idp operations makes its family."""

from __future__ import annotations

from idp.user_pools.aws_errors import AWS_CODES
from idp.user_pools.configured_only import CONFIGURED_ONLY
from kernel.aws.operations import OperationFamily, Output


def cognito_idp() -> OperationFamily:
    return OperationFamily("cognito-idp", errors=AWS_CODES, configured_only=CONFIGURED_ONLY)


def with_token(output: Output, member: str, token: str | None) -> Output:
    """The output with its pagination token, which is absent on the last page."""
    return {**output, member: token} if token else output
