"""Which service, and what of it, a URI of an AWS integration names.

`arn:aws:apigateway:{region}:{subdomain.service|service}:path|action/{service_api}` (PutIntegration,
`uri`). The path form is a path of the service's REST API, the action form one of its actions, with
parameters after `&` where it takes some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from kernel.aws.credential_scope import REGION
from kernel.values import value

_URI = re.compile(
    r"arn:aws[a-z-]*:apigateway:([a-z0-9-]{1,32}):([A-Za-z0-9.-]{1,128}):(path|action)/([!-~]*)"
)
_SERVICE = re.compile(r"[a-z0-9-]{1,32}(\.[a-z0-9-]{1,32}){0,2}")
_VARIABLE = re.compile(r"\{([A-Za-z0-9._$-]+)\+?\}")
_OF_S3 = ".s3"


class InvalidServiceUri(ValueError):
    """A URI that names nothing of a service."""


class UnusableValue(ValueError):
    """A request whose values make no address of the service's: its client's fault."""


@value
class ServiceUri:
    """A URI taken apart. `rest` is `service_api`, with its path variables."""

    region: str
    service: str
    is_action: bool
    rest: str


def parse(uri: str) -> ServiceUri:
    """The parts of a URI whose stage variables are filled in. Raises `InvalidServiceUri`.

    A bucket in front of `s3` becomes the first segment of the path: the operator's server is
    addressed path-style.
    """
    found = _URI.fullmatch(uri)
    if found is None:
        raise InvalidServiceUri("the URI is no ARN with a service and a path or action")
    region, service, kind, rest = found.groups()
    if not REGION.fullmatch(region):
        raise InvalidServiceUri("the URI has no AWS region")
    if service.endswith(_OF_S3) and kind == "path":
        service, rest = "s3", f"{service.removesuffix(_OF_S3)}/{rest.removeprefix('/')}"
    if not _SERVICE.fullmatch(service):
        raise InvalidServiceUri("the URI names no service")
    if re.search("[{}]", _VARIABLE.sub("", rest)):
        raise InvalidServiceUri("the URI's braces name no variable")
    if not rest:
        raise InvalidServiceUri(f"the URI names no {kind} of the service")
    return ServiceUri(region, service, kind == "action", rest)


def path_of(rest: str, variables: Mapping[str, str], *, decodes: bool) -> str:
    """The path of the path form, percent-encoded. `variables` are percent-encoded.

    `decodes` writes it as S3 signs it: each byte of a key encoded once, its slashes aside. A value
    that is missing or empty, that climbs out of its place, or whose encoded slashes would move what
    follows to another place, is refused. Raises `UnusableValue`.
    """
    path = "/" + _filled(rest, variables).removeprefix("/")
    decoded = unquote_to_bytes(path)
    if any(segment in (b".", b"..") for segment in decoded.replace(b"\\", b"/").split(b"/")):
        raise UnusableValue("a dot segment in the path of a service")
    if decodes:
        _require_levels(path)
        return quote(decoded, safe="/-_.~")
    return quote(path, safe="/-_.~%:@!$&'()*+,;=", encoding="latin-1")


def _require_levels(path: str) -> None:
    """Refuse a slash that is only there once the path is decoded, but at the end of a key: anywhere
    else it leads to another bucket, or what follows it to another object. So is a bucket without a
    name, which some servers look for in the next segment."""
    bucket, *key = path.removeprefix("/").split("/")
    if not bucket or any(b"/" in unquote_to_bytes(each) for each in (bucket, *key[:-1])):
        raise UnusableValue("an encoded slash before the end of a path")


def query_of(rest: str, variables: Mapping[str, str]) -> str:
    """A query that the URI has itself. Raises `UnusableValue`."""
    return quote(
        _filled(rest, {name: _in_query(each) for name, each in variables.items()}),
        safe="-_.~%=&",
        encoding="latin-1",
    )


def _filled(text: str, variables: Mapping[str, str]) -> str:
    def value_of(found: re.Match[str]) -> str:
        name = found[1]
        if not variables.get(name):
            raise UnusableValue(f"the request has no value for {name}")
        return variables[name]

    return _VARIABLE.sub(value_of, text)


def _in_query(spelled: str) -> str:
    return quote(unquote_to_bytes(spelled), safe="-_.~")
