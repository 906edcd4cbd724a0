"""The actions that HTTP APIs call as first-class integrations, and what each of them needs.

"Integration subtype reference" (API Gateway developer guide). Values are what the parameters of the
integration gave for one request; the server that is called is the operator's, never that of a URL
in a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import orjson

from gateway.integrations.service_actions import (
    ACTIONS,
    FORM,
    SYNC_STATES,
    Json,
    Query,
    encoded,
)
from gateway.mapping.sources import written
from gateway.mapping.wire_text import wire_of
from kernel.aws.credential_scope import REGION
from kernel.values import value

Values = Mapping[str, Any]
MOST_ITEMS = 10
"""Of attributes and lists in one call, as SQS and EventBridge bound them."""


class UnusableParameter(ValueError):
    """A value that the action cannot be called with."""


@value
class ServiceRequest:
    """A request to a service, without host and signature."""

    service: str
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@value
class Subtype:
    """An action: the parameters that it needs and takes, and how it is asked for."""

    service: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    build: Callable[[Values], ServiceRequest]


def region_of(values: Values, default: str) -> str:
    """The region that a call is for. Raises `UnusableParameter`."""
    region = written(values.get("Region") or default)
    if not REGION.fullmatch(region):
        raise UnusableParameter("Region is no AWS region")
    return region


def _json(service: str, action: str) -> Callable[[Values], ServiceRequest]:
    """Every parameter is text, under its own name."""

    def build(values: Values) -> ServiceRequest:
        members = {name: written(each) for name, each in values.items() if name != "Region"}
        return _json_request(service, action, members)

    return build


def _json_request(service: str, action: str, members: Mapping[str, Any]) -> ServiceRequest:
    protocol = ACTIONS[service]
    if not isinstance(protocol, Json):
        raise TypeError(f"{service} does not speak JSON")
    headers = (
        ("content-type", f"application/x-amz-json-{protocol.version}"),
        ("x-amz-target", f"{protocol.target}.{action}"),
    )
    return ServiceRequest(service, "POST", "/", "", headers, orjson.dumps(members))


def _execution(action: str, service: str = "states") -> Callable[[Values], ServiceRequest]:
    """Step Functions begins its members with a small letter."""

    def build(values: Values) -> ServiceRequest:
        members = {
            name[0].lower() + name[1:]: written(each)
            for name, each in values.items()
            if name != "Region"
        }
        return replace(_json_request("states", action, members), service=service)

    return build


def _put_events(values: Values) -> ServiceRequest:
    entry: dict[str, Any] = {
        name: written(each) for name, each in values.items() if name != "Region"
    }
    if "Resources" in values:
        entry["Resources"] = _list(values["Resources"])
    if "Time" in values:
        entry["Time"] = _timestamp(values["Time"])
    return _json_request("events", "PutEvents", {"Entries": [entry]})


def _sqs(action: str) -> Callable[[Values], ServiceRequest]:
    def build(values: Values) -> ServiceRequest:
        protocol = ACTIONS["sqs"]
        version = protocol.version if isinstance(protocol, Query) else ""
        pairs = [("Action", action), ("Version", version)]
        for name, each in values.items():
            if name != "Region":
                pairs += _sqs_parameter(name, each)
        form = encoded((name, wire_of(each)) for name, each in pairs)
        return ServiceRequest("sqs", "POST", "/", "", (("content-type", FORM),), form.encode())

    return build


_ATTRIBUTES = {
    "MessageAttributes": "MessageAttribute",
    "MessageSystemAttributes": "MessageSystemAttribute",
}
_NAMES = {"AttributeNames": "AttributeName", "MessageAttributeNames": "MessageAttributeName"}


def _sqs_parameter(name: str, given: Any) -> Iterator[tuple[str, str]]:
    if name in _NAMES:
        for at, each in enumerate(_list(given), 1):
            yield f"{_NAMES[name]}.{at}", each
    elif name in _ATTRIBUTES:
        for at, (key, attribute) in enumerate(_attributes(name, given), 1):
            yield f"{_ATTRIBUTES[name]}.{at}.Name", key
            for member, text in attribute.items():
                yield f"{_ATTRIBUTES[name]}.{at}.Value.{member}", text
    else:
        yield name, written(given)


def _attributes(name: str, given: Any) -> list[tuple[str, dict[str, str]]]:
    """`{"name": {"DataType": "String", "StringValue": "..."}}`, as JSON or as its text."""
    document = _parsed(given)
    if not isinstance(document, dict) or len(document) > MOST_ITEMS:
        raise UnusableParameter(f"{name} is no object of at most {MOST_ITEMS} attributes")
    found = []
    for key, attribute in document.items():
        members = ("DataType", "StringValue", "BinaryValue")
        if not isinstance(attribute, dict) or attribute.keys() - set(members):
            raise UnusableParameter(f"{name} has an attribute that is none")
        found.append((key, {each: written(attribute[each]) for each in attribute}))
    return found


def _list(given: Any) -> list[str]:
    """A JSON list, or texts between commas."""
    items = _parsed(given) if not isinstance(given, str) or given.startswith("[") else None
    if items is None:
        items = [each.strip() for each in written(given).split(",") if each.strip()]
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        raise UnusableParameter(f"a list that is none of at most {MOST_ITEMS} items")
    return [written(each) for each in items]


def _parsed(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError:
        raise UnusableParameter("a value is not JSON") from None


def _timestamp(given: Any) -> float:
    """Seconds since the epoch, of a number or an ISO 8601 time; without a zone it is UTC."""
    text = written(given)
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise UnusableParameter("Time is no time") from None


def _get_configuration(values: Values) -> ServiceRequest:
    def segment(name: str) -> str:
        text = written(values[name])
        if text in {".", ".."}:
            raise UnusableParameter(f"{name} is no name")
        return quote(text, safe="")

    path = (
        f"/applications/{segment('Application')}/environments/{segment('Environment')}"
        f"/configurations/{segment('Configuration')}"
    )
    pairs = [("client_id", wire_of(written(values["ClientId"])))]
    if "ClientConfigurationVersion" in values:
        version = wire_of(written(values["ClientConfigurationVersion"]))
        pairs.append(("client_configuration_version", version))
    return ServiceRequest("appconfig", "GET", path, encoded(pairs), (), b"")


SUBTYPES: Mapping[str, Subtype] = {
    "AppConfig-GetConfiguration": Subtype(
        "appconfig",
        ("Application", "Environment", "Configuration", "ClientId"),
        ("ClientConfigurationVersion", "Region"),
        _get_configuration,
    ),
    "EventBridge-PutEvents": Subtype(
        "events",
        ("Detail", "DetailType", "Source"),
        ("Time", "EventBusName", "Resources", "Region", "TraceHeader"),
        _put_events,
    ),
    "Kinesis-PutRecord": Subtype(
        "kinesis",
        ("StreamName", "Data", "PartitionKey"),
        ("SequenceNumberForOrdering", "ExplicitHashKey", "Region"),
        _json("kinesis", "PutRecord"),
    ),
    "SQS-DeleteMessage": Subtype(
        "sqs", ("ReceiptHandle", "QueueUrl"), ("Region",), _sqs("DeleteMessage")
    ),
    "SQS-PurgeQueue": Subtype("sqs", ("QueueUrl",), ("Region",), _sqs("PurgeQueue")),
    "SQS-ReceiveMessage": Subtype(
        "sqs",
        ("QueueUrl",),
        (
            "AttributeNames",
            "MaxNumberOfMessages",
            "MessageAttributeNames",
            "ReceiveRequestAttemptId",
            "VisibilityTimeout",
            "WaitTimeSeconds",
            "Region",
        ),
        _sqs("ReceiveMessage"),
    ),
    "SQS-SendMessage": Subtype(
        "sqs",
        ("QueueUrl", "MessageBody"),
        (
            "DelaySeconds",
            "MessageAttributes",
            "MessageDeduplicationId",
            "MessageGroupId",
            "MessageSystemAttributes",
            "Region",
        ),
        _sqs("SendMessage"),
    ),
    "StepFunctions-StartExecution": Subtype(
        "states", ("StateMachineArn",), ("Name", "Input", "Region"), _execution("StartExecution")
    ),
    "StepFunctions-StartSyncExecution": Subtype(
        SYNC_STATES,
        ("StateMachineArn",),
        ("Name", "Input", "Region", "TraceHeader"),
        _execution("StartSyncExecution", SYNC_STATES),
    ),
    "StepFunctions-StopExecution": Subtype(
        "states", ("ExecutionArn",), ("Cause", "Error", "Region"), _execution("StopExecution")
    ),
}
