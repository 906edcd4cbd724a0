"""The paths of all rest-json services as one tree, which finds an operation in microseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from kernel.aws.contract import Operation, service

REST_SERVICES = ("apigateway", "apigatewayv2", "cognito-sync")

# The data plane's own path form, /restapis/API/STAGE/_user_request_/..., lies inside the templates;
# and what a signature covers is the path without dot segments, so none is routed.
FOREIGN_SEGMENTS = frozenset({"_user_request_", ".", ".."})


class Located(NamedTuple):
    """An operation and the labels of its path."""

    operation: Operation
    labels: Mapping[str, str]
    base_path: str = ""


@dataclass
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    label: _Node | None = None
    operations: list[tuple[Operation, tuple[str, ...]]] = field(default_factory=list)
    takes_rest: bool = False


class RestRoutes:
    """The tree of every rest-json operation's URI template."""

    def __init__(self) -> None:
        self._root = _Node()
        for name in REST_SERVICES:
            for operation in service(name).operations():
                self._add(operation)

    def _add(self, operation: Operation) -> None:
        node, labels = self._root, []
        for segment in operation.path.strip("/").split("/"):
            if segment.startswith("{"):
                labels.append(segment.strip("{}"))
                node.label = node.label or _Node()
                node = node.label
                # Some clients leave the slashes of an ARN unencoded.
                node.takes_rest = labels[-1].replace("-", "_").endswith("_arn")
            else:
                node = node.literals.setdefault(segment, _Node())
        # Templates with a query come first: POST /restapis?mode=import is not CreateRestApi.
        node.operations.append((operation, tuple(labels)))
        node.operations.sort(key=lambda entry: not entry[0].query)

    def may_know(self, path: str) -> bool:
        """A quick look at the first segment; most paths on the port are not ours."""
        return path[1:].partition("/")[0] in self._root.literals

    def knows(self, path: str) -> bool:
        """Whether some method of this path is an operation."""
        return self._find(path) is not None

    def locate(self, method: str, path: str, query: str) -> Located | None:
        found = self._find(path)
        if found is None:
            return None
        node, values = found
        for operation, labels in node.operations:
            if operation.method == method and _carries(query, operation.query):
                return Located(operation, dict(zip(labels, values, strict=True)))
        return None

    def _find(self, path: str) -> tuple[_Node, list[str]] | None:
        node, values = self._root, []
        segments = path[1:].split("/")
        if not FOREIGN_SEGMENTS.isdisjoint(segments):
            return None
        for index, segment in enumerate(segments):
            literal = node.literals.get(segment)
            if literal is not None:
                node = literal
            elif node.label is None or not segment:
                return None
            else:
                node = node.label
                if node.takes_rest:
                    values.append(unquote("/".join(segments[index:])))
                    break
                values.append(unquote(segment))
        return (node, values) if node.operations else None


def _carries(query: str, wanted: Mapping[str, str]) -> bool:
    if not wanted:
        return True
    given = parse_qs(query)
    return all(given.get(name) == [value] for name, value in wanted.items())
