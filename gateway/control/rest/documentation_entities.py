"""What of an API there is to document, out of its definition. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gateway.control.rest.documentation_locations import key_of

Document = Mapping[str, Any]
Location = dict[str, str]

_PARAMETERS = {
    "path": "PATH_PARAMETER",
    "querystring": "QUERY_PARAMETER",
    "header": "REQUEST_HEADER",
}


def undocumented(definition: Document, documented: Collection[str]) -> list[Location]:
    """The entities whose locations have no key among those that are `documented`."""
    return [each for each in entities(definition) if key_of(each) not in documented]


def entities(definition: Document) -> Iterator[Location]:
    """The locations of everything in a definition that a documentation part can be about."""
    yield {"type": "API"}
    for authorizer in definition["authorizers"].values():
        yield {"type": "AUTHORIZER", "name": authorizer["name"]}
    for name in definition["models"]:
        yield {"type": "MODEL", "name": name}
    for resource in definition["resources"]:
        yield {"type": "RESOURCE", "path": resource["path"]}
        for verb, method in resource["methods"].items():
            yield from _of_method({"path": resource["path"], "method": verb}, method)


def _of_method(where: Location, method: Document) -> Iterator[Location]:
    yield {"type": "METHOD", **where}
    for parameter in method.get("requestParameters", {}):
        _, _, place, name = (*parameter.split(".", 3), "", "", "", "")[:4]
        if place in _PARAMETERS and name:
            yield {"type": _PARAMETERS[place], **where, "name": name}
    if method.get("requestModels"):
        yield {"type": "REQUEST_BODY", **where}
    for status, response in method.get("methodResponses", {}).items():
        here = {**where, "statusCode": status}
        yield {"type": "RESPONSE", **here}
        if response.get("responseModels"):
            yield {"type": "RESPONSE_BODY", **here}
        for header in response.get("responseParameters", {}):
            name = header.removeprefix("method.response.header.")
            yield {"type": "RESPONSE_HEADER", **here, "name": name}
