"""How each module of cognito-idp operations makes its family."""

from __future__ import annotations

from idp.user_pools.aws_errors import AWS_CODES
from idp.user_pools.configured_only import CONFIGURED_ONLY
from idp.user_pools.rules.rate_limits import bucket_of
from idp.user_pools.services import rate_limits
from kernel.aws.operations import Call, Handler, Input, OperationFamily, Output


class LimitedFamily(OperationFamily):
    """A family whose operations count against the request rates of their categories."""

    def _add(self, name: str, handler: Handler) -> None:
        bucket = bucket_of(name)
        if bucket is None:
            super()._add(name, handler)
            return

        def limited(call: Call, request: Input) -> Output | None:
            rate_limits.of(call.kernel).take(call.account, call.region, bucket)
            return handler(call, request)

        super()._add(name, limited)


def cognito_idp() -> OperationFamily:
    return LimitedFamily("cognito-idp", errors=AWS_CODES, configured_only=CONFIGURED_ONLY)


def with_token(output: Output, member: str, token: str | None) -> Output:
    """The output with its pagination token, which is absent on the last page."""
    return {**output, member: token} if token else output
