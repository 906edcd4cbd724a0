"""Which kind of document it is, and where its parts are in each kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.openapi.node import Node

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
"""The operations of a path that API Gateway has methods for."""
ANY_METHOD = "x-amazon-apigateway-any-method"
TAG_VALUE = "x-amazon-apigateway-tag-value"
BASE_PATHS = ("ignore", "prepend", "split")
_VARIABLE = re.compile(r"\{([A-Za-z0-9._-]{1,64})\}")


@dataclass(frozen=True)
class Version:
    """OpenAPI 2.0 or 3.0: `is_swagger` tells them apart."""

    is_swagger: bool

    @property
    def schemas(self) -> tuple[str, ...]:
        """Where the schemas that others refer to are."""
        return ("definitions",) if self.is_swagger else ("components", "schemas")

    @property
    def security(self) -> tuple[str, ...]:
        """Where security schemes are."""
        return ("securityDefinitions",) if self.is_swagger else ("components", "securitySchemes")


def version_of(document: Node) -> Version | None:
    """The version that a document says it has; another one than 2.0 and 3.0 is a fault."""
    swagger, openapi = document.text("swagger"), document.text("openapi")
    if swagger == "2.0" and not openapi:
        return Version(is_swagger=True)
    if re.fullmatch(r"3\.0(\.[0-9]{1,3})?", openapi) and not swagger:
        return Version(is_swagger=False)
    document.fault(
        "it must say swagger: '2.0' or openapi: 3.0.x; other versions of OpenAPI are not taken"
    )
    return None


def below(document: Node, path: tuple[str, ...]) -> Node:
    """The place that a path of members leads to."""
    for step in path:
        document = document.member(step)
    return document


def base_path_of(document: Node, version: Version, how: str) -> str:
    """What stands before every path: developer guide, "Set the OpenAPI basePath property".

    `prepend` takes the whole base path, `split` what follows its first segment, `ignore` nothing.
    """
    if how == "ignore":
        return ""
    path = _swagger_base(document) if version.is_swagger else _server_base(document)
    segments = [segment for segment in path.split("/") if segment]
    if how == "split":
        segments = segments[1:]
    return "".join(f"/{segment}" for segment in segments)


def _swagger_base(document: Node) -> str:
    return document.text("basePath")


def _server_base(document: Node) -> str:
    """The path of the first server's URL, its variables filled in with their defaults."""
    server = next(document.elements("servers"), None)
    if server is None:
        return ""
    variables = server.member("variables")
    url = _VARIABLE.sub(
        lambda found: variables.member(found[1]).text("default"), server.text("url")[:2048]
    )
    try:
        return urlsplit(url).path
    except ValueError:
        server.member("url").fault("it is no URL")
        return ""
