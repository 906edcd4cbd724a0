"""The protocol's library, given a pool's schemas: resource types, models and what is tolerated."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from scim2_models import (
    Extension,
    PatchOp,
    Resource,
    ResourceType,
    Schema,
    ScimPolicy,
    ScimProvider,
)

from idp.scim import schemas
from idp.scim.layout import Layout

POLICY = ScimPolicy(
    # RFC 7644 §3.3 and §3.5 let a directory send what the schema lacks; nothing of it is stored.
    unknown=ScimPolicy.Unknown.ignore,
    # Entra ID removes members by a value, and expects an address that is not there to be made.
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
MOST_LAYOUTS = 64
"""How many kinds of pools are remembered: each takes 50 ms to make, and half a megabyte."""

Model = type[Resource[Any]]


@lru_cache(maxsize=MOST_LAYOUTS)
def service(layout: Layout) -> ScimProvider:
    """The service that pools of one layout offer."""
    documents = [schemas.user(layout), schemas.group()]
    extensions = [schemas.enterprise()]
    if layout.extension:
        extensions.append(schemas.pool(layout))
    models: list[Any] = [Resource.from_schema(_schema(each)) for each in documents]
    models += [Extension.from_schema(_schema(each)) for each in extensions]
    bound = [{"schema": each["id"], "required": False} for each in extensions]
    types = [_type("User", schemas.USER, bound), _type("Group", schemas.GROUP, [])]
    return ScimProvider(models=models, resource_types=types, policy=POLICY)


def model(layout: Layout, kind: str) -> Model:
    """The model of `User` or `Group`."""
    found: Any = service(layout).model_for(kind)
    return found  # type: ignore[no-any-return]  # both kinds are resource types of the service


@lru_cache(maxsize=2 * MOST_LAYOUTS)
def patch(layout: Layout, kind: str) -> type[PatchOp[Any]]:
    """The message that changes such a resource."""
    made: Any = PatchOp.__class_getitem__(model(layout, kind))
    return made  # type: ignore[no-any-return]  # a parameterised class


def _schema(document: schemas.Document) -> Schema:
    return Schema.model_validate(document)


def _type(name: str, urn: str, extensions: list[dict[str, Any]]) -> ResourceType:
    return ResourceType.model_validate(
        {
            "id": name,
            "name": name,
            "endpoint": f"/{name}s",
            "description": f"{name}s of the pool.",
            "schema": urn,
            "schemaExtensions": extensions or None,
        }
    )
