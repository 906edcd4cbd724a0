"""What both control planes ask of an access log: where it goes, and how a line looks."""

from __future__ import annotations

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.log_destinations import STDOUT, destination_of, of_canary
from kernel.aws.operations import Call

INVALID = (
    "Invalid ARN specified in the request. ARN format should be "
    "arn:aws:logs:region:accountId:log-group:name or "
    "arn:aws:firehose:region:accountId:deliverystream/amazon-apigateway-name"
)
STREAM_PREFIX = "amazon-apigateway-"
"""AccessLogSettings$destinationArn of apigateway: the name of a stream begins so."""


def require_destination(call: Call, arn: str, stream_prefix: str = "") -> None:
    """Refuse what no line could be delivered to. Raises `Invalid`."""
    if arn == STDOUT:
        return
    destination = destination_of(arn)
    if destination is None or (
        destination.kind == "stream" and not destination.name.startswith(stream_prefix)
    ):
        raise Invalid(INVALID)
    if destination_of(of_canary(arn)) is None:
        raise Invalid("The name of the log group is too long")
    if (destination.account, destination.region) != (call.account, call.region):
        raise Invalid(
            "The destination of an access log must be in its API's account and region: "
            f"{call.account}, {call.region}"
        )
    if destination.kind == "stream" and not call.kernel.settings.firehose_url:
        raise Invalid(f"{arn} cannot be delivered to: the server's setting firehose_url is not set")


def require_format(text: str) -> None:
    """A line with the id of its request. Raises `Invalid`."""
    if len(text.encode("utf-8", "replace")) > quotas.ACCESS_LOG_FORMAT_BYTES:
        most = quotas.ACCESS_LOG_FORMAT_BYTES // 1024
        raise Invalid(f"An access log format has at most {most} KB")
    if not text.rstrip("\r\n").isprintable():
        raise Invalid(
            "Access Log format must be single line, "
            f"new line character is allowed only at end of the format: '{text[:256]}'"
        )
    if "$context.requestId" not in text and "$context.extendedRequestId" not in text:
        # AccessLogSettings$format: "must include at least $context.requestId".
        raise Invalid("Access Log format must include $context.requestId")
