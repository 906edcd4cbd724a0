"""Which kind of document it is, and where its parts are in each kind."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.openapi.extensions import PREFIX
from gateway.openapi.node import Node

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
"""The operations of a path that API Gateway has methods for."""
BASE_PATHS = ("ignore", "prepend", "split")
MOST_PATHS = 1000
"""Poolgate's own, and more than an API has resources or routes."""
MOST_PATH_CHARACTERS = 2048
"""Poolgate's own: base path and path together."""
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


def paths_of(document: Node, base: str) -> Iterator[tuple[str, str, Node]]:
    """Each path as it is and with what stands before it, and its item. What is none is a fault."""
    paths = document.member("paths")
    if not isinstance(paths.value, dict):
        paths.fault("it must be an object")
        return
    number = 0
    for path, item in paths.members():
        if path.startswith("x-"):
            continue
        number += 1
        if number > MOST_PATHS:
            paths.fault(f"it has more than {MOST_PATHS} paths")
            return
        if not path.startswith("/"):
            item.fault("a path begins with a slash")
        elif len(base) + len(path) > MOST_PATH_CHARACTERS:
            item.fault(f"a path has at most {MOST_PATH_CHARACTERS} characters")
        else:
            yield path, base + path, item


def note_unknown(operation: Node, known: Collection[str]) -> None:
    """Warn of extensions of API Gateway that an operation has and nothing reads."""
    for name, node in operation.members():
        if name.startswith(PREFIX) and name not in known:
            node.warn("it is not known of an operation, and is left out")


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
    variables, url = server.member("variables"), server.text("url")
    if len(url) > MOST_PATH_CHARACTERS:
        server.member("url").fault(f"a URL has at most {MOST_PATH_CHARACTERS} characters")
        return ""
    url = _VARIABLE.sub(lambda found: variables.member(found[1]).text("default"), url)
    try:
        return urlsplit(url).path
    except ValueError:
        server.member("url").fault("it is no URL")
        return ""
