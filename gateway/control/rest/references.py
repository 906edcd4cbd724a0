"""Which methods of an API refer to its models, validators and authorizers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.errors import Conflicting
from gateway.control.models import Api
from gateway.control.rest.models import Resource


class MethodOf(NamedTuple):
    """A method of the working copy and where it is."""

    path: str
    verb: str
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """As AWS names it in refusals: `//ANY` at the root."""
        return f"{self.path}/{self.verb}"


def methods_of(session: Session, api: Api) -> Iterator[MethodOf]:
    """Every method of an API's working copy, by path."""
    query = select(Resource).where(Resource.api_id == api.id).order_by(Resource.path)
    for resource in session.scalars(query):
        for verb, document in sorted(resource.methods.items()):
            yield MethodOf(resource.path, verb, document)


def require_unused(session: Session, api: Api, what: str, member: str, part_id: str) -> None:
    """Refuse to delete or to turn into something else what a method names by a member.

    Raises `Conflicting`.
    """
    for method in methods_of(session, api):
        if method.document.get(member) == part_id:
            raise Conflicting(f"Cannot delete {what}, is referenced in method: {method.name}")


def require_model_unused(session: Session, api: Api, model: str) -> None:
    """Refuse to delete a model that methods name. Raises `Conflicting`."""
    for method in methods_of(session, api):
        if model in method.document.get("requestModels", {}).values():
            raise _in_use(model, "method request", method.name)
        for response in method.document.get("methodResponses", {}).values():
            if model in response.get("responseModels", {}).values():
                raise _in_use(model, "method response", method.name)


def _in_use(model: str, where: str, name: str) -> Conflicting:
    return Conflicting(f"Cannot delete model '{model}', is referenced in {where}: {name}")
