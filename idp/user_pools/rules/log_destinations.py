"""Which logs of a pool may go where, and what an ARN names.

The pairs of source, level and destination are those that the service model documents for
SetLogDeliveryConfiguration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidParameter
from kernel.log_delivery import files
from kernel.log_delivery.sink import Destination, Kind

USER_NOTIFICATION = "userNotification"
USER_AUTH_EVENTS = "userAuthEvents"

LEVELS = {USER_NOTIFICATION: "ERROR", USER_AUTH_EVENTS: "INFO"}
KINDS: Mapping[str, frozenset[Kind]] = {
    USER_NOTIFICATION: frozenset({"log_group"}),
    USER_AUTH_EVENTS: frozenset({"log_group", "stream", "bucket"}),
}
MEMBERS: Mapping[str, tuple[str, Kind]] = {
    "CloudWatchLogsConfiguration": ("LogGroupArn", "log_group"),
    "FirehoseConfiguration": ("StreamArn", "stream"),
    "S3Configuration": ("BucketArn", "bucket"),
}

_PLACE = r"(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12})"
ARNS: Mapping[Kind, re.Pattern[str]] = {
    "log_group": re.compile(rf"arn:aws[a-z-]*:logs:{_PLACE}:log-group:(?P<name>[A-Za-z0-9._/-]+)"),
    "stream": re.compile(
        rf"arn:aws[a-z-]*:firehose:{_PLACE}:deliverystream/(?P<name>[A-Za-z0-9_.-]{{1,64}})"
    ),
    "bucket": re.compile(r"arn:aws[a-z-]*:s3:::(?P<name>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])"),
}


@dataclass(frozen=True)
class Owner:
    """Whose logs they are."""

    account: str
    region: str
    pool_id: str


def destination(configuration: Mapping[str, Any], owner: Owner) -> Destination:
    """Where one of a pool's LogConfigurations leads. Raises `InvalidParameter`."""
    source, level = configuration["EventSource"], configuration["LogLevel"]
    if level != LEVELS[source]:
        raise InvalidParameter(f"The LogLevel of {source} can only be {LEVELS[source]}.")
    given = [name for name in MEMBERS if name in configuration]
    if len(given) != 1:
        raise InvalidParameter(f"{source} needs one destination: one of {', '.join(MEMBERS)}.")
    member, kind = MEMBERS[given[0]]
    if kind not in KINDS[source]:
        raise InvalidParameter(f"{source} can only have a CloudWatchLogsConfiguration.")
    arn = configuration[given[0]].get(member, "")
    found = ARNS[kind].fullmatch(arn)
    if found is None:
        raise InvalidParameter(f"{member} is not the ARN of such a destination.")
    named = found.groupdict()
    place = named.get("account", owner.account), named.get("region", owner.region)
    if place != (owner.account, owner.region):
        raise InvalidParameter(f"{member} must be in the account and region of the user pool.")
    if kind == "log_group" and len(files.encoded(found["name"])) > files.LONGEST_NAME:
        raise InvalidParameter("The log group's name is too long.")
    prefix = f"AWSLogs/{owner.account}/cognito-idp/{owner.region}/{owner.pool_id}"
    return Destination(
        kind,
        arn,
        owner.account,
        owner.region,
        found["name"],
        prefix if kind == "bucket" else "",
    )
