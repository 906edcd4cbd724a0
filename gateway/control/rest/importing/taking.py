"""A document's API taken on by an API of the control plane: merged into it, or in its place.

Parts and resources that the document names again keep their ids, so that taking the same document
twice changes nothing. Whatever a service refuses is a fault of the document, at the place that
says it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from gateway.control.documents import require_storable
from gateway.control.errors import Refused
from gateway.control.models import Api
from gateway.control.rest.api_documents import require_api, with_defaults
from gateway.control.shaping import shaped
from gateway.control.tagging import require_tags
from gateway.openapi.extensions import ENDPOINT, POLICY
from gateway.openapi.faults import Faults, Path
from gateway.openapi.rest.values import RestApi
from kernel.aws.operations import Call

KEPT = ("rootResourceId", "endpointConfiguration", "disableExecuteApiEndpoint", "tags")
"""What an API keeps where a document in its place says nothing of it."""
PATHS: Mapping[str, Path] = {
    "policy": (POLICY,),
    "endpointConfiguration": (ENDPOINT,),
    "name": ("info",),
}
"""Where a document says what a service may refuse; the first that it says is told."""


@dataclass(frozen=True)
class Taking:
    """One import under way."""

    session: Session
    call: Call
    api: Api
    wanted: RestApi
    faults: Faults
    overwrites: bool

    def attempt(self, path: Path, act: Callable[..., Any], *args: Any) -> Any:
        """Let a service do its part; its refusal is a fault at a path of the document."""
        try:
            return act(*args)
        except Refused as refused:
            self.faults.add(path, str(refused))
            return None

    def shaped(self, operation: str, members: dict[str, Any], path: Path) -> Any:
        """Members as the input of an operation, or None after a fault."""
        request = shaped("apigateway", operation, members, path, self.faults)
        if request is not None:
            self.attempt(path, require_storable, request)
        return request


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
