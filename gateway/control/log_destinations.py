"""What both control planes ask of the destination of an access log."""

from __future__ import annotations

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
