"""One canonical spelling of a path, for the route, the authorizer and the backend alike.

Whoever guards a path and whoever serves it must read it the same way. So each request's path is
spelled canonically once, that spelling is matched, and that spelling is sent on. What has no
honest reason to occur is refused: dot segments (also encoded, or hidden behind `;`), backslashes,
control characters, broken escapes, overlong UTF-8.

What remains ambiguous is what backends are known to read leniently: `%2F` as a slash, `;x` as
nothing, a slash at the end as nothing. `lenient_readings` lists those readings, so that routing
can refuse a request that another reading would send to a differently guarded route.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Segments = tuple[str, ...]

# RFC 3986 §3.3: pchar = unreserved / pct-encoded / sub-delims / ":" / "@".
_SAFE = "A-Za-z0-9_~!$&'()*+,=:@-"
_PLAIN = re.compile(rf"(?:/[{_SAFE}][.{_SAFE}]*)+/?|/")
_SPELLED = re.compile(rf"%[0-9A-Fa-f]{{2}}|[^./;{_SAFE}]")
_DECODED = re.compile(rf"[.{_SAFE}]")
_REFUSED = re.compile(r"[\x00-\x1f\x7f\\]")
# Bytes that no UTF-8 has: with them a careless decoder reads a slash or a dot in more than one byte
# ("the octet sequence C0 80", "2F C0 AE 2E 2F": RFC 3629 §10).
_OVERLONG = re.compile(r"%(?:C[01]|E0%[89]|F0%8|F[5-9A-F])")
_DOTS = re.compile(r"(?:/|%2F)\.{1,2}(?=/|%2F|;|%3B|$)")
_SLASHES = re.compile(r"/{2,}")
_PARAMETERS = re.compile(r"(?:;|%3B)[^/]*")


class RefusedPath(ValueError):
    """A path that could be read in more than one way, or in none."""


def canonical(raw: str) -> str:
    """The canonical spelling of a request target's path, given as Latin-1 text.

    Characters that need no escape are written without one, escapes in upper case, and repeated
    slashes as one. Raises `RefusedPath`.
    """
    if _PLAIN.fullmatch(raw):
        return raw
    if not raw.startswith("/"):
        raise RefusedPath("not an absolute path")
    text = _SLASHES.sub("/", _SPELLED.sub(_spell, raw))
    if _DOTS.search(text):
        raise RefusedPath("dot segments")
    if _OVERLONG.search(text):
        raise RefusedPath("an overlong character")
    return text


def segments(path: str) -> Segments:
    """The segments of a canonical path: `/` has none, `/a/` has `a` and an empty one."""
    return tuple(path[1:].split("/")) if path != "/" else ()


def lenient_readings(path: str) -> Iterator[Segments]:
    """How else a backend might read a canonical path."""
    if "%2F" not in path and ";" not in path and "%3B" not in path and not path.endswith("/"):
        return
    readings = [path]
    # Some take parameters away before they read an escape, and some after that.
    for read in (
        _without_parameters,
        _read_encoded_slashes,
        _without_parameters,
        _without_last_slash,
    ):
        readings += [read(reading) for reading in readings]
    for reading in sorted(set(readings) - {path}):
        yield segments(reading)


def _spell(match: re.Match[str]) -> str:
    written = match[0]
    if written == "%":
        raise RefusedPath("a broken escape")
    try:
        byte = int(written[1:], 16) if len(written) == 3 else written.encode("latin-1")[0]
    except UnicodeEncodeError:
        raise RefusedPath("not a sequence of bytes") from None
    character = chr(byte)
    if _REFUSED.match(character):
        raise RefusedPath("a control character or a backslash")
    return character if _DECODED.match(character) else f"%{byte:02X}"


def _read_encoded_slashes(path: str) -> str:
    return _SLASHES.sub("/", path.replace("%2F", "/"))


def _without_parameters(path: str) -> str:
    return _SLASHES.sub("/", _PARAMETERS.sub("", path))


def _without_last_slash(path: str) -> str:
    return path.rstrip("/") or "/"
