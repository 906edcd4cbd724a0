"""Where a stage's access log may go, by the ARN that its settings name. Pure.

A log group becomes a file of the instance, a delivery stream is posted to the operator's server
(docs/gateway-logs.md). `poolgate:stdout`, beyond AWS, is the log of the process itself.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kernel.log_delivery.files import LONGEST_NAME, encoded
from kernel.log_delivery.sink import Destination

STDOUT = "poolgate:stdout"
CANARY = "/Canary"
_PLACE = r"(?P<region>[a-z0-9-]{1,32}):(?P<account>[0-9]{12})"
_LOG_GROUP = re.compile(
    rf"arn:aws[a-z-]{{0,16}}:logs:{_PLACE}:log-group:(?P<name>[A-Za-z0-9._/#-]{{1,512}})(:\*)?"
)
_STREAM = re.compile(
    rf"arn:aws[a-z-]{{0,16}}:firehose:{_PLACE}:deliverystream/(?P<name>[A-Za-z0-9_.-]{{1,64}})"
)


@lru_cache(1024)
def destination_of(arn: str) -> Destination | None:
    """The destination that an ARN names; None for any other text, and for `poolgate:stdout`."""
    found = _LOG_GROUP.fullmatch(arn)
    if found and len(encoded(found["name"])) <= LONGEST_NAME:
        # One group is one destination, whether or not its ARN ends as the console shows it.
        own = arn.removesuffix(":*")
        return Destination("log_group", own, found["account"], found["region"], found["name"])
    found = _STREAM.fullmatch(arn)
    if found:
        return Destination("stream", arn, found["account"], found["region"], found["name"])
    return None


def log_group_arn(account: str, region: str, name: str) -> str:
    """The ARN of a log group."""
    return f"arn:aws:logs:{region}:{account}:log-group:{name}"


def of_canary(arn: str) -> str:
    """Where the canary of a stage logs: its log group's name ends with `/Canary` (developer guide,
    "Set up an API Gateway canary release deployment"). Streams and stdout have both."""
    destination = destination_of(arn)
    if destination is None or destination.kind != "log_group":
        return arn
    return destination.arn + CANARY


def with_stage(arn: str) -> tuple[str, ...]:
    """A canary's destination and, where that is a log group of its own, its stage's: canary
    requests are reported to both (developer guide, "Set up an API Gateway canary release
    deployment")."""
    return (arn, arn.removesuffix(CANARY)) if arn.endswith(CANARY) else (arn,)
