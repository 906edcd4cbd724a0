"""The head of an HTTP/1 request, from bytes to values, and everything that is refused on the way.

Two parsers that disagree on where a request ends let an attacker smuggle one past the other. So
what RFC 9112 lets a server repair is refused here, and nothing is guessed: bare line feeds, folded
lines, space around a name, repeated or combined framing fields, anything odd in a length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from http import HTTPStatus

from kernel import values

MOST_HEAD_BYTES = 64 * 1024
MOST_FIELDS = 256
# A name of the DNS (RFC 1035 §2.3.4) and a port.
MOST_HOST_CHARACTERS = 255 + 6
# 2^63 has nineteen digits; nobody sends so much.
MOST_LENGTH_DIGITS = 15

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
REQUEST_LINE = re.compile(rf"({TOKEN}) ([!-~]+) HTTP/([0-9])\.([0-9])")
# Obsolete folding begins with white space, so it is no field (RFC 9112 §5.2: "A server that
# receives an obs-fold ... MUST either reject the message").
FIELD = re.compile(rf"({TOKEN}):([^\x00-\x08\x0a-\x1f\x7f]*)")
ABSOLUTE_FORM = re.compile(r"https?://([^/?#@]+)([/?].*)?", re.IGNORECASE)
HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?")
CONTENT_LENGTH = re.compile(rf"\d{{1,{MOST_LENGTH_DIGITS}}}", re.ASCII)

# Sent twice, one reader may take the first and another the last.
SINGLE = frozenset({"host", "content-length", "transfer-encoding", "content-type", "authorization"})


class RequestRefused(Exception):
    """A request that is not answered by the application. The connection is closed after it."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@values.value
class RequestHead:
    """`target` is in origin form and undecoded; field names are in lower case.

    `lines` are the fields as they came, for what must show their names in the client's case.
    """

    method: str
    target: str
    version: str
    fields: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]
    content_length: int | None
    is_chunked: bool
    keeps_alive: bool
    expects_continue: bool


def parse(head: bytes) -> RequestHead:
    """The head, given with the end of its last line but without the empty one. Raises
    `RequestRefused`."""
    if not head.endswith(b"\r\n"):
        raise bad_request("malformed head")
    request_line, *field_lines = head[:-2].decode("latin-1").split("\r\n")
    if len(field_lines) > MOST_FIELDS:
        raise too_long(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    method, target, version = _parse_request_line(request_line)
    fields = [parse_field(line) for line in field_lines]
    by_name = _single_fields(fields)
    target, authority = _origin_form(target, by_name.get("host"), version)
    if authority is not None:
        fields, field_lines = _with_host(fields, field_lines, authority)
    content_length, is_chunked = _framing(by_name, version)
    names = {name for name, _ in fields}
    return RequestHead(
        method=method,
        target=target,
        version=version,
        fields=tuple(fields),
        lines=tuple(field_lines),
        content_length=content_length,
        is_chunked=is_chunked,
        keeps_alive=_keeps_alive(fields, names, version),
        expects_continue=_expects_continue(fields, names, version),
    )


def bad_request(reason: str) -> RequestRefused:
    return RequestRefused(HTTPStatus.BAD_REQUEST, reason)


def too_long(status: HTTPStatus) -> RequestRefused:
    return RequestRefused(status, "the request's head is too long")


def _parse_request_line(line: str) -> tuple[str, str, str]:
    match = REQUEST_LINE.fullmatch(line)
    if not match:
        raise bad_request("malformed request line")
    method, target, major, minor = match.groups()
    if major != "1" or minor not in "01":
        raise RequestRefused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "unsupported HTTP version")
    return method, target, f"HTTP/{major}.{minor}"


def parse_field(line: str) -> tuple[str, str]:
    """A line's field name, in lower case, and value. Raises `RequestRefused`."""
    match = FIELD.fullmatch(line)
    if not match:
        raise bad_request("malformed field")
    return match[1].lower(), match[2].strip(" \t")


def _single_fields(fields: Sequence[tuple[str, str]]) -> dict[str, str]:
    single: dict[str, str] = {}
    for name, value in fields:
        if name in SINGLE:
            if name in single:
                raise bad_request(f"repeated {name}")
            single[name] = value
    return single


def _origin_form(target: str, host: str | None, version: str) -> tuple[str, str | None]:
    """RFC 9112 §3.2: the four forms of a target; ours is the first, and a proxy's the second, whose
    authority is told as well."""
    if host is None and version == "HTTP/1.1":
        raise bad_request("missing host")
    authority = None
    absolute = ABSOLUTE_FORM.fullmatch(target)
    if absolute:
        authority, rest = absolute[1], absolute[2] or "/"
        target = rest if rest.startswith("/") else f"/{rest}"
    for name in (host, authority):
        if name and not (len(name) <= MOST_HOST_CHARACTERS and HOST.fullmatch(name)):
            raise bad_request("malformed host")
    if not target.startswith("/") or "#" in target:
        raise bad_request("malformed request target")
    return target, authority


def _with_host(
    fields: Sequence[tuple[str, str]], lines: Sequence[str], authority: str
) -> tuple[list[tuple[str, str]], list[str]]:
    """RFC 9112 §3.2.2: an authority replaces the Host field, wherever that is looked at."""
    kept = [place for place, (name, _) in enumerate(fields) if name != "host"]
    return (
        [*(fields[place] for place in kept), ("host", authority)],
        [*(lines[place] for place in kept), f"Host: {authority}"],
    )


def _framing(single: dict[str, str], version: str) -> tuple[int | None, bool]:
    """Where the body ends: RFC 9112 §6.1 and §6.3, with every doubt refused."""
    length, coding = single.get("content-length"), single.get("transfer-encoding")
    if coding is not None:
        if length is not None or version == "HTTP/1.0":
            raise bad_request("ambiguous framing")
        if coding.lower() != "chunked":
            raise RequestRefused(HTTPStatus.NOT_IMPLEMENTED, "unknown transfer coding")
        return None, True
    if length is None:
        return None, False
    if not CONTENT_LENGTH.fullmatch(length):
        raise bad_request("malformed content-length")
    return int(length), False


def _keeps_alive(fields: Sequence[tuple[str, str]], names: Set[str], version: str) -> bool:
    if "connection" not in names:
        return version != "HTTP/1.0"
    options = {
        option.strip().lower()
        for name, value in fields
        if name == "connection"
        for option in value.split(",")
    }
    if version == "HTTP/1.0":
        return "keep-alive" in options
    return "close" not in options


def _expects_continue(fields: Sequence[tuple[str, str]], names: Set[str], version: str) -> bool:
    if "expect" not in names or version == "HTTP/1.0":
        return False
    expectations = [value.lower() for name, value in fields if name == "expect"]
    if expectations != ["100-continue"]:
        raise RequestRefused(HTTPStatus.EXPECTATION_FAILED, "unknown expectation")
    return True
