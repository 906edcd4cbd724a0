"""A document's API taken on by an API of the control plane: merged into it, or in its place.

Parts and resources that the document names again keep their ids, so that taking the same document
twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.control.rest.api_documents import require_api, with_defaults
from gateway.control.shaping import Import
from gateway.control.tagging import require_tags
from gateway.openapi.extensions import ENDPOINT, POLICY
from gateway.openapi.faults import Path
from gateway.openapi.rest.values import RestApi

KEPT = ("rootResourceId", "endpointConfiguration", "disableExecuteApiEndpoint", "tags")
"""What an API keeps where a document in its place says nothing of it."""
PATHS: Mapping[str, Path] = {
    "policy": (POLICY,),
    "endpointConfiguration": (ENDPOINT,),
    "name": ("info",),
}
"""Where a document says what a service may refuse; the first that it says is told."""


@dataclass(frozen=True)
class Taking(Import):
    """The import of a REST API."""

    SERVICE = "apigateway"

    wanted: RestApi
    overwrites: bool


def take_api(taking: Taking) -> None:
    """The members of the API itself."""
    api, given = taking.api, dict(taking.wanted.api)
    if "endpointConfiguration" in given:
        present = api.document.get("endpointConfiguration", {})
        given["endpointConfiguration"] = {**present, **given["endpointConfiguration"]}
    request = taking.shaped("CreateRestApi", given, ())
    if request is None:
        return
    kept = {name: api.document[name] for name in KEPT if name in api.document}
    present = kept if taking.overwrites else api.document
    document = with_defaults({**present, **request})
    path = next((PATHS[name] for name in PATHS if name in given), ())
    _store(taking, document, path)


def _store(taking: Taking, document: dict[str, Any], path: Path) -> None:
    def store() -> None:
        require_tags(document.get("tags", {}))
        taking.api.document = require_api(taking.api, document)

    taking.attempt(path, store)
