"""What execution logs may show of requests and replies: no credentials, and not too much. Pure.

A value under a telling name is left out (`kernel.telemetry.redaction`), and so is every place where
a credential of this very request turns up again: backends that echo, events of functions, errors.
Values are left out before they are cut, so that no half of one stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qsl, unquote

import orjson

from gateway.context import Received, Routed
from gateway.snapshot import (
    Authorizer,
    CognitoAuthorizer,
    FunctionAuthorizer,
    JwtAuthorizer,
    Route,
    TrustedIssuersAuthorizer,
)
from kernel.telemetry.redaction import REDACTED, clean, clean_text, is_telling

BODY_BYTES = 64 * 1024
"""A larger body is not read at all: only its size is told."""
SHOWN_CHARACTERS = 1024
"""Of one value. Execution logs of API Gateway are cut off at 1,024 bytes an event."""
TRUNCATED = "[TRUNCATED]"
A_STREAM = "[a stream]"
"""A body that passes in pieces, of which nothing is kept."""
_JSON_TYPES = (dict, list, tuple, int, float, bool, type(None))
SHORTEST_SECRET = 6
"""Characters. A shorter value is left out where it is named, and not looked for elsewhere."""
MOST_SECRETS = 256
MOST_READ = 16 * 1024
"""Characters of a text that are searched: far more than are shown."""
_SAID = re.compile(
    r"((?:password|passwd|secret|token|assertion)[ ]{0,4}[:=][ ]{0,4}\\?[\"'])[^\"'\\\s]+",
    re.IGNORECASE,
)
"""`password: "..."` as queries of GraphQL and the like have it, in JSON's escapes too."""
_TELLING_ENDS = ("key", "auth", "token", "secret", "password", "signature")
_INNOCENT = frozenset({"idempotency-key", "sec-websocket-key", "surrogate-key"})


class Redaction:
    """Shows the parts of one request and its reply. `names` are telling besides the usual ones."""

    def __init__(self, secrets: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._names = frozenset(name.lower() for name in names)
        known = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        known |= {_in_json(secret) for secret in known if '"' in secret or "\\" in secret}
        # Longer ones first: one may be part of another.
        self._secrets = sorted(known, key=len, reverse=True)[:MOST_SECRETS]

    def headers(self, headers: Iterable[tuple[str, str]]) -> str:
        """Headers as execution logs write them: `{Accept=*/*, Authorization=[redacted]}`."""
        return "{" + self._cut(", ".join(f"{k}={self.named(k, v)}" for k, v in headers)) + "}"

    def pairs(self, pairs: Mapping[str, str]) -> str:
        """Path variables and the like."""
        return self.headers(pairs.items())

    def query(self, query: str) -> str:
        """The parameters of a query."""
        return self.headers(parse_qsl(query, keep_blank_values=True, encoding="latin-1"))

    def target(self, target: str, *, with_query: bool = True) -> str:
        """A request target or URL, with the values of telling parameters left out."""
        path, mark, query = target.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1") if with_query else ()
        shown = "&".join(f"{name}={self.named(name, value)}" for name, value in pairs)
        return self.text(path) + (self._cut(mark + shown) if with_query else "")

    def body(self, body: object) -> str:
        """A body or a JSON value. The values of members that look like passwords are left out."""
        if isinstance(body, bytes):
            return self._bytes(body)
        if isinstance(body, str):
            return self.text(body)
        return self._json(body) if isinstance(body, _JSON_TYPES) else A_STREAM

    def text(self, text: str) -> str:
        """Any text, on one line."""
        is_whole = len(text) <= MOST_READ
        return self._cut(self._without_secrets(clean_text(text[:MOST_READ]), is_whole=is_whole))

    def named(self, name: str, value: str) -> str:
        """A value under its name, not cut."""
        lower = name.lower()
        if lower in self._names or is_telling_name(lower):
            return REDACTED
        return self._without_secrets(str(clean(name, value)))

    def _bytes(self, body: bytes) -> str:
        if len(body) > BODY_BYTES:
            return f"[{len(body)} bytes]"
        try:
            return self._json(orjson.loads(body))
        except orjson.JSONDecodeError:
            pass
        try:
            return self.text(body.decode())
        except UnicodeDecodeError:
            return f"[{len(body)} bytes of binary]"

    def _json(self, value: object) -> str:
        try:
            written = orjson.dumps(clean("", value)).decode()
        except TypeError:
            return "[not JSON]"
        return self._cut(self._without_secrets(written))

    def _without_secrets(self, text: str, *, is_whole: bool = True) -> str:
        is_whole = is_whole and len(text) <= MOST_READ
        searched = _SAID.sub(rf"\1{REDACTED}", text[:MOST_READ])
        for secret in self._secrets:
            searched = searched.replace(secret, REDACTED)
        if is_whole or not self._secrets:
            return searched
        # Where the text goes on, its end may be the first half of a secret.
        return searched[: -len(self._secrets[0])]

    def _cut(self, text: str) -> str:
        line = text[: SHOWN_CHARACTERS + 1]
        if not line.isprintable():
            line = "".join(each if each.isprintable() else _escaped(each) for each in line)
        if len(line) <= SHOWN_CHARACTERS:
            return line
        return f"{line[:SHOWN_CHARACTERS]} {TRUNCATED}"


def redaction_of(context: Received) -> Redaction:
    """What is to be left out of all that is told of a request."""
    names = _identity_names(context.route) if isinstance(context, Routed) else frozenset()
    return Redaction(_secrets_of(context, names), names)


def is_telling_name(name: str) -> bool:
    """Whether a header or parameter of this lower-case name may hold a credential."""
    if name in _INNOCENT:
        return False
    return is_telling(name) or name.endswith(_TELLING_ENDS)


def _secrets_of(context: Received, names: frozenset[str]) -> Iterator[str]:
    """The credentials of a request, in the forms in which they may turn up again."""
    request = context.request
    pairs = [
        *request.headers.items(),
        *parse_qsl(request.query, keep_blank_values=True, encoding="latin-1"),
    ]
    for name, value in pairs:
        if name.lower() not in names and not is_telling_name(name.lower()):
            continue
        yield value
        yield value.rpartition(" ")[2]
        if name == "cookie":
            yield from (crumb.partition("=")[2].strip() for crumb in value.split(";"))
    for pair in request.query.split("&"):
        name, _, raw = pair.partition("=")
        if unquote(name).lower() in names or is_telling_name(unquote(name).lower()):
            yield raw


def _identity_names(route: Route) -> frozenset[str]:
    """The headers and parameters by which the route's authorizer identifies callers."""
    places = (source.removeprefix("method.request.") for source in _sources(route.authorizer))
    named = (place.partition(".") for place in places)
    return frozenset(name.lower() for place, _, name in named if place in {"header", "querystring"})


def _sources(authorizer: Authorizer | None) -> tuple[str, ...]:
    if isinstance(authorizer, FunctionAuthorizer):
        return authorizer.identity_sources
    if isinstance(authorizer, JwtAuthorizer | CognitoAuthorizer | TrustedIssuersAuthorizer):
        return (authorizer.identity_source,)
    return ()


def _in_json(text: str) -> str:
    return orjson.dumps(text.encode("utf-8", "replace").decode())[1:-1].decode()


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode()
