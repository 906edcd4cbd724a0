"""Values made from shapes, and what botocore's own serializers and parsers make of them."""

from __future__ import annotations

import io
import random
import string
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from kernel.aws.contract import Member, Shape
from kernel.aws.wire import Reply, Request

TEXT = string.ascii_letters + string.digits + " -_./+%&=?#<>'\"éß漢😀\n\t"


def value(shape: Shape, dice: random.Random, chance: float = 1.0) -> Any:
    """A value of `shape`; each optional member is there with this chance."""
    if shape.is_document:
        return {"any": ["json", 1, None, {"x": True}]}
    match shape.type:
        case "structure":
            return structure(shape, dice, chance)
        case "list":
            return [value(shape.element, dice, chance) for _ in range(dice.randint(1, 3))]
        case "map":
            count = dice.randint(1, 3)
            return {f"k{n} é": value(shape.value, dice, chance) for n in range(count)}
        case "boolean":
            return dice.random() < 0.5
        case "integer":
            return dice.randint(-(2**31), 2**31 - 1)
        case "long":
            return dice.randint(-(2**53), 2**53)
        case "double" | "float":
            return dice.randint(-1000, 1000) / 8
        case "blob":
            return dice.randbytes(dice.randint(1, 20))
        case "timestamp":
            start = datetime(2020, 1, 1, tzinfo=UTC)
            return start + timedelta(seconds=dice.randint(0, 10**8))
    return text(dice)


def structure(shape: Shape, dice: random.Random, chance: float) -> dict[str, Any]:
    chosen = [
        member
        for member in shape.members.values()
        if member.is_required or member.location == "uri" or dice.random() < chance
    ]
    # A form cannot say that an inner structure is there but empty.
    chosen = chosen or list(shape.members.values())[:1]
    return {each.name: _member(each, dice, chance) for each in chosen}


def _member(member: Member, dice: random.Random, chance: float) -> Any:
    if member.location == "header":
        return header_text(dice)
    if member.location == "uri":
        return "x" + text(dice)  # a label that is a dot segment is refused
    return value(member.shape, dice, chance)


def text(dice: random.Random) -> str:
    return "".join(dice.choices(TEXT, k=dice.randint(1, 12)))


def header_text(dice: random.Random) -> str:
    return "".join(dice.choices(string.ascii_letters, k=8))


class Peer:
    """botocore as the client of one service."""

    def __init__(self, service: str) -> None:
        self.model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
        protocol = self.model.metadata["protocol"]
        self._serializer = create_serializer(protocol, include_validation=False)
        self._parser = create_parser(protocol)

    def request(self, operation: str, parameters: dict[str, Any]) -> Request:
        """What the client sends."""
        model = self.model.operation_model(operation)
        serialized = self._serializer.serialize_to_request(parameters, model)
        prepare_request_dict(serialized, "http://localhost:8080")
        prepared = create_request_object(serialized).prepare()
        path, _, query = prepared.url.removeprefix("http://localhost:8080").partition("?")
        headers = {name.lower(): _text(given) for name, given in prepared.headers.items()}
        body = prepared.body or b""
        body = body.encode() if isinstance(body, str) else body
        return Request(prepared.method, path, query, headers, body)

    def parsed(self, operation: str, reply: Reply) -> dict[str, Any]:
        """What the client makes of an answer."""
        model = self.model.operation_model(operation)
        body = io.BytesIO(reply.body) if model.has_streaming_output else reply.body
        response = {
            "status_code": reply.status,
            "headers": HeadersDict(reply.headers),
            "body": body,
        }
        parsed: dict[str, Any] = self._parser.parse(response, model.output_shape)
        parsed.pop("ResponseMetadata", None)
        return {k: v.read() if isinstance(v, io.BytesIO) else v for k, v in parsed.items()}


def _text(given: str | bytes) -> str:
    return given.decode() if isinstance(given, bytes) else given
