"""How an action of a service is asked for: by the protocol that its model declares.

Query services take `Action` and `Version` as parameters; JSON services take the action in
`X-Amz-Target` and a JSON body. Services whose actions are paths of their own, such as S3, are
called by the path form. The versions are those of botocore's service models, which a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from kernel.values import value

SYNC_STATES = "sync-states"
"""Synchronous executions, which AWS serves at a host of their own."""
FORM = "application/x-www-form-urlencoded"


@value
class Query:
    """A service of the query protocol."""

    version: str


@value
class Json:
    """A service of the JSON protocol."""

    target: str
    version: str


ACTIONS: Mapping[str, Query | Json] = {
    "autoscaling": Query("2011-01-01"),
    "cloudformation": Query("2010-05-15"),
    "dynamodb": Json("DynamoDB_20120810", "1.0"),
    "email": Query("2010-12-01"),
    "events": Json("AWSEvents", "1.1"),
    "firehose": Json("Firehose_20150804", "1.1"),
    "kinesis": Json("Kinesis_20131202", "1.1"),
    "logs": Json("Logs_20140328", "1.1"),
    "monitoring": Query("2010-08-01"),
    "secretsmanager": Json("secretsmanager", "1.1"),
    "sns": Query("2010-03-31"),
    "sqs": Query("2012-11-05"),
    "ssm": Json("AmazonSSM", "1.1"),
    "states": Json("AWSStepFunctions", "1.0"),
    "streams.dynamodb": Json("DynamoDBStreams_20120810", "1.0"),
}

SIGNING_NAMES: Mapping[str, str] = {
    "data.iot": "iotdata",
    "data.jobs.iot": "iot-jobs-data",
    "email": "ses",
    "entitlement.marketplace": "aws-marketplace",
    "metering.marketplace": "aws-marketplace",
    "runtime.lex": "lex",
    "runtime.sagemaker": "sagemaker",
    "streams.dynamodb": "dynamodb",
    SYNC_STATES: "states",
}
"""Of services whose signing name is not what follows the last dot of their name."""


def signing_name(service: str) -> str:
    """The service of a signature's scope."""
    return SIGNING_NAMES.get(service, service.rpartition(".")[2])


def encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """Parameters, which are wire text, as a query or a form writes them."""
    return "&".join(f"{_escaped(name)}={_escaped(each)}" for name, each in pairs)


def _escaped(wire: str) -> str:
    return quote(wire.encode("latin-1", "replace"), safe="-_.~")
