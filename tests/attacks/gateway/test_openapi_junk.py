"""Whatever stands at whatever place of a document, it is taken or refused, and exports import."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.control.errors import Refused
from gateway.openapi.faults import InvalidDocument
from gateway.openapi.reading import read_document
from tests.gateway.control.caller import Caller

PETSTORE = Path(__file__).parents[2] / "gateway" / "petstore"
DOCUMENTS = 40
JUNK: tuple[Any, ...] = (
    None, [], {}, "", 0, -1, 1.5, True, 10**25, 1e300, "x", "x" * 3000, "é\u0001", "$", "#/", ".*(",
    [None], [{}], [[]], ["a", "a"], {"": {}}, {"a": None}, {"$ref": "#/a"}, {"$ref": "#/info"},
    {"$ref": 1}, {"type": "object"}, {"default": None}, {"get": None}, "{a}", "/{a}/{a}", "200",
)  # fmt: skip
KEYS = ("", "a", "/", "/{x}", "/{x+}/y", "x" * 300, "\u0001", "default", "2XX", "$ref", "a/b", "[")


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for step, each in inner:
        yield from _places(each, (*path, step))


def _spoilt(document: Any, choice: random.Random) -> Any:
    """Another value, or another key, at one to three places."""
    document = copy.deepcopy(document)
    for _ in range(choice.choice((1, 1, 2, 3))):
        *above, last = choice.choice([path for path in _places(document) if path])
        holder = document
        for step in above:
            holder = holder[step]
        if isinstance(holder, dict) and choice.random() < 0.3:
            holder[choice.choice(KEYS)] = holder.pop(last)
        else:
            holder[last] = copy.deepcopy(choice.choice(JUNK))
    return document


@pytest.mark.parametrize("seed", range(2))
def test_rest_apis(caller: Caller, seed: int) -> None:
    choice, rest = random.Random(seed), caller.rest  # noqa: S311 - repeatable, not secret
    document = read_document((PETSTORE / "rest.yaml").read_bytes())
    for _ in range(DOCUMENTS):
        body = json.dumps(_spoilt(document, choice)).encode()
        with suppress(Refused, InvalidDocument):
            stage = {"restApiId": rest("ImportRestApi", body=body)["id"], "stageName": "prod"}
            rest("CreateDeployment", **stage)
            _require_round_trip(caller, stage)


def _require_round_trip(caller: Caller, stage: dict[str, str]) -> None:
    for kind in ("oas30", "swagger"):
        exported = caller.rest("GetExport", **stage, exportType=kind, accepts="application/yaml")
        try:
            made = caller.rest("ImportRestApi", body=exported["body"])
        except (Refused, InvalidDocument) as refused:
            pytest.fail(f"an export is refused: {refused}")
        caller.rest("DeleteRestApi", restApiId=made["id"])
    for language in ("javascript", "python"):
        caller.rest("GetSdk", **stage, sdkType=language)


@pytest.mark.parametrize("seed", range(2))
def test_http_apis(caller: Caller, seed: int) -> None:
    choice = random.Random(seed)  # noqa: S311 - the same
    document = read_document((PETSTORE / "http.yaml").read_bytes())
    for _ in range(DOCUMENTS):
        body = json.dumps(_spoilt(document, choice))
        with suppress(Refused, InvalidDocument):
            api = caller("ImportApi", Body=body)["ApiId"]
            how = {"Specification": "OAS30", "OutputType": "YAML"}
            exported = caller("ExportApi", ApiId=api, **how)["body"].decode()
            try:
                caller("ReimportApi", ApiId=api, Body=exported)
            except (Refused, InvalidDocument) as refused:
                pytest.fail(f"an export is refused: {refused}")
