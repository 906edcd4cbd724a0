"""An integration's URI, taken apart once so that a request only fills in its path variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
_SHORT_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_STANDING_ALONE = re.compile(r"\$\{[A-Za-z0-9_]+\}")
_PATH_VARIABLE = re.compile(r"\{([A-Za-z0-9._$-]+)\+?\}")
_PRINTABLE = re.compile(r"[!-~]+")
_SCHEME = re.compile(r"https?", re.IGNORECASE)
_IN_AUTHORITY = re.compile(r"[A-Za-z0-9._-]*")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
VERIFIED = "verified"
ANY_AUTHORITY = "any authority"
UNVERIFIED = "unverified"
_PORTS = {"http": 80, "https": 443}


class InvalidEndpoint(ValueError):
    """A URI that no request can be sent to."""


class Origin(NamedTuple):
    """Where to connect to. Requests to equal origins may share connections."""

    scheme: str
    host: str
    port: int
    server_name: str
    """The name that the certificate must carry, for https."""
    verification: str = VERIFIED
    """VERIFIED; ANY_AUTHORITY, which takes a certificate that nobody known has issued, as long as
    its name and its dates are right; or UNVERIFIED, for what carries no secret."""
    certificate: str = ""
    """Of which client certificate the gateway makes itself known by, as `account/region/id`; for
    https."""

    @property
    def authority(self) -> str:
        """The value of a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True)
class Endpoint:
    """A compiled URI. `pieces` alternate between literal text and names of path variables."""

    origin: Origin
    authority: str
    path_pieces: tuple[str, ...]
    query_pieces: tuple[str, ...]

    @classmethod
    def compile(
        cls,
        uri: str,
        stage_variables: Mapping[str, str],
        server_name: str | None = None,
        *,
        any_issuer: bool = False,
    ) -> Endpoint:
        """Fill in stage variables and take the URI apart.

        Stage variables may stand anywhere, path variables only in path and query: a request must
        not choose the host. Raises `InvalidEndpoint`.
        """
        _check_authority(uri, stage_variables)
        filled = _STAGE_VARIABLE.sub(lambda found: _value(stage_variables, found[1]), uri)
        if not _PRINTABLE.fullmatch(filled) or "#" in filled:
            raise InvalidEndpoint("the URI has characters that a URI cannot have")
        origin = _origin(filled, server_name)
        if any_issuer:
            origin = origin._replace(verification=ANY_AUTHORITY)
        rest = filled.partition("://")[2]
        start = next((at for at, character in enumerate(rest) if character in "/?"), len(rest))
        path, _, query = rest[start:].partition("?")
        pieces = tuple(_PATH_VARIABLE.split(path)), tuple(_PATH_VARIABLE.split(query))
        return cls(origin, origin.authority, *pieces)

    @property
    def variables(self) -> frozenset[str]:
        """The path variables that it needs."""
        return frozenset((*self.path_pieces[1::2], *self.query_pieces[1::2]))

    def target(self, variables: Mapping[str, str], query: str, suffix: str = "") -> str:
        """The request target: path with `suffix`, then the URI's query and the request's.

        Values are canonical path text, so they hold neither `?` nor `#`.
        """
        path = self.path_pieces[0]
        if len(self.path_pieces) > 1:
            path = _filled(self.path_pieces, variables)
        if suffix:
            path = path.rstrip("/") + suffix
        own = _filled(self.query_pieces, {k: _in_query(v) for k, v in variables.items()})
        queries = "&".join(part for part in (own, query) if part)
        return f"{path or '/'}?{queries}" if queries else path or "/"


def _check_authority(uri: str, variables: Mapping[str, str]) -> None:
    """Refuse a value that would end the scheme or the host which the URI's own text goes on with:
    `evil.example/` in `https://${stageVariables.name}.internal/`.

    "A full URI without protocol" may be one variable, as `http://${stageVariables.url}` (developer
    guide, "Use API Gateway stage variables"): then its value is all there is of the host.
    """
    before, separator, rest = _STAGE_VARIABLE.sub(r"${\1}", uri).partition("://")
    if not separator:
        return
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    if _STANDING_ALONE.fullmatch(authority):
        authority = ""
    for text, allowed in ((before, _SCHEME), (authority, _IN_AUTHORITY)):
        for name in _SHORT_VARIABLE.findall(text):
            if not allowed.fullmatch(_value(variables, name)):
                raise InvalidEndpoint(f"the stage variable {name} would change the URI's host")


def _value(variables: Mapping[str, str], name: str) -> str:
    if name not in variables:
        raise InvalidEndpoint(f"the stage has no variable {name}")
    return variables[name]


def _origin(uri: str, server_name: str | None) -> Origin:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InvalidEndpoint("the URI has a malformed host or port") from None
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or "@" in parts.netloc or port == 0:
        raise InvalidEndpoint("the URI must be http or https, with a host and no credentials")
    return Origin(parts.scheme, host, port or _PORTS[parts.scheme], server_name or host)


def _filled(pieces: tuple[str, ...], variables: Mapping[str, str]) -> str:
    if len(pieces) == 1:
        return pieces[0]
    return "".join(variables.get(piece, "") if at % 2 else piece for at, piece in enumerate(pieces))


def _in_query(value: str) -> str:
    return value.replace("&", "%26").replace("+", "%2B").replace(";", "%3B").replace("=", "%3D")
