"""A REST API under test: short calls, every answer checked by the service model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from gateway.control.models import Api, Authorizer
from gateway.control.rest.models import Part
from tests.gateway.control.caller import Caller


@dataclass(frozen=True)
class Tree:
    """One API: `tree("GetMethod", resourceId=..., httpMethod="GET")`."""

    caller: Caller
    api: str
    root: str

    @classmethod
    def planted(cls, caller: Caller, **members: Any) -> Tree:
        made = checked(caller, "CreateRestApi", **{"name": "pets", **members})
        return cls(caller, made["id"], made["rootResourceId"])

    def __call__(self, operation: str, **request: Any) -> Any:
        return checked(self.caller, operation, restApiId=self.api, **request)

    def patch(self, operation: str, *patches: tuple[str, ...], **request: Any) -> Any:
        """`("replace", "/name", "dogs")`, ...: op, path and value."""
        operations = [dict(zip(("op", "path", "value"), each, strict=False)) for each in patches]
        return self(operation, patchOperations=operations, **request)

    def resource(self, *parts: str) -> str:
        """The id of a new resource at a path of new parts below the root."""
        resource = self.root
        for part in parts:
            resource = self("CreateResource", parentId=resource, pathPart=part)["id"]
        return resource

    def paths(self) -> list[str]:
        items = self("GetResources", limit=500)["items"]
        return [item["path"] for item in items]

    def method(self, **request: Any) -> Method:
        """A new method: GET on the root where nothing else is said."""
        where = {
            "resourceId": request.pop("resourceId", self.root),
            "httpMethod": request.pop("httpMethod", "GET"),
        }
        self("PutMethod", **where, **{"authorizationType": "NONE", **request})
        return Method(self, where)

    def add_authorizer(self, kind: str, authorizer_id: str = "auth01") -> str:
        """An authorizer's row, as its own operations write it."""
        document = {"type": kind, "authType": "custom"}
        row = Authorizer(api_id=self.api, id=authorizer_id, name=kind, document=document)
        self.caller.kernel.database.write(lambda session: session.add(row))
        return authorizer_id

    def add_part(self, kind: str, part_id: str, name: str, **document: Any) -> str:
        """A part's row, likewise."""
        row = Part(api_id=self.api, kind=kind, id=part_id, name=name, document=document)
        self.caller.kernel.database.write(lambda session: session.add(row))
        return part_id

    def stored(self) -> dict[str, Any]:
        """The API's document in the database."""
        document: dict[str, Any] = self.caller.kernel.database.read(
            lambda session: session.get_one(Api, self.api).document
        )
        return document


@dataclass(frozen=True)
class Method:
    """One method of a tree."""

    tree: Tree
    where: dict[str, str]

    def __call__(self, operation: str, **request: Any) -> Any:
        return self.tree(operation, **self.where, **request)

    def patch(self, operation: str, *patches: tuple[str, ...], **request: Any) -> Any:
        return self.tree.patch(operation, *patches, **self.where, **request)


def checked(caller: Caller, operation: str, **request: Any) -> Any:
    """Call an operation; its output has the form of the service model, and nothing besides."""
    output = caller.rest(operation, **request)
    shape = _model().operation_model(operation).output_shape
    if shape is None:
        assert output is None
        return None
    assert ParamValidator().validate(output, shape).generate_report() == ""
    assert set(output) <= set(shape.members)
    return output


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("apigateway", "service-2"), "apigateway")
