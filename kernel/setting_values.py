"""What a setting's value may be: one function for each kind, from raw value to parsed value.

A raw value is what TOML holds, or a text of the environment or the command line. A wrong one
raises `ValueError` with the rest of a sentence that begins with the setting's name; the value
itself is never repeated, for it may be a secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
SERVICE = re.compile(r"[a-z0-9-]{1,32}(\.[a-z0-9-]{1,32}){0,2}")
DEFAULT_PORTS = {"http": 80, "https": 443}


def text(value: Any) -> str:
    """A text in one line, without the space around it."""
    if not isinstance(value, str) or not value.strip() or CONTROL_CHARACTER.search(value.strip()):
        raise ValueError("must be a non-empty text in one line")
    return value.strip()


def matching(pattern: str, what: str) -> Callable[[Any], str]:
    """A text of this form; `\\d` and `\\w` are ASCII's."""
    compiled = re.compile(pattern, re.ASCII)

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError(f"must be {what}")
        return value

    return parse


def one_of(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return parse


def flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    try:
        return words[str(value).lower()]
    except KeyError:
        raise ValueError("must be true or false") from None


def whole_number(least: int, most: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        digits = str(value) if isinstance(value, int | str) else ""
        if not re.fullmatch(r"[0-9]{1,9}", digits) or not least <= int(digits) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(digits)

    return parse


def numbers(value: Any) -> tuple[tuple[str, int], ...]:
    """Words of the form NAME=NUMBER, each name once."""
    words = value if isinstance(value, list) else str(value).replace(",", " ").split()
    pairs = [re.fullmatch(r"([a-z_]+)=([0-9]{1,9})", str(word)) for word in words]
    found = {pair[1]: int(pair[2]) for pair in pairs if pair}
    if len(found) != len(words):
        raise ValueError("must be a list of NAME=NUMBER")
    return tuple(found.items())


def service_origins(value: Any) -> tuple[tuple[str, str], ...]:
    """Words of the form NAME=ORIGIN, each name once; `{region}` may stand in a host's name."""
    words = value if isinstance(value, list) else str(value).replace(",", " ").split()
    found: dict[str, str] = {}
    if not words and not isinstance(value, list):
        raise ValueError("must be a list of SERVICE=ORIGIN")
    for word in words:
        name, _, address = str(word).partition("=")
        if not SERVICE.fullmatch(name) or name in found:
            raise ValueError("must be a list of SERVICE=ORIGIN, each service once")
        try:
            plain = origin(address.replace("{region}", "us-east-1"))
        except ValueError:
            raise ValueError("must be a list of SERVICE=ORIGIN, such as sqs=http://host") from None
        found[name] = address if "{region}" in address else plain
    return tuple(found.items())


def path(value: Any) -> Path:
    try:
        return Path(text(str(value) if isinstance(value, Path) else value)).expanduser().absolute()
    except (ValueError, RuntimeError):  # RuntimeError: ~SOMEBODY who does not exist
        raise ValueError("must be a path of this machine") from None


def url(*schemes: str) -> Callable[[Any], str]:
    """A URL with a host, or with the path of a Unix socket."""

    def parse(value: Any) -> str:
        parts = _parts(value)
        where = parts.path if parts.scheme == "unix" else parts.hostname
        if parts.scheme not in schemes or not where or " " in parts.geturl():
            raise ValueError(f"must be a URL that starts with {' or '.join(schemes)}")
        found = str(value).strip()
        return found.rstrip("/") if parts.scheme.startswith("http") else found

    return parse


def origin(value: Any) -> str:
    """An origin in the one spelling that browsers send (RFC 6454 §6.2)."""
    given = url("http", "https")(value)
    parts = urlsplit(given)
    if parts.path or any(mark in given for mark in "?#@"):
        raise ValueError("must be an origin, without a path")
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{ipaddress.IPv6Address(host)}]"
    elif not HOST.fullmatch(host):
        raise ValueError("must be an origin, such as https://id.example.com")
    is_default = parts.port in (None, DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{parts.port}")


def database_url(value: Any) -> str:
    """PostgreSQL's URL, or that of an SQLite file by its absolute path.

    Flask-SQLAlchemy would look for a relative one in a folder of its own, and a database in memory
    would be another one in each thread.
    """
    parts = _parts(value)
    if parts.scheme == "postgresql" and parts.netloc:
        return str(value).strip()
    # sqlite:///FILE; a fourth slash begins an absolute path.
    file = parts.path[1:]
    is_file = not parts.netloc and file not in ("", ":memory:") and not parts.query
    if parts.scheme != "sqlite" or not is_file:
        raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
    return f"sqlite:///{path(file)}"


def networks(value: Any) -> tuple[Network, ...]:
    words = value if isinstance(value, list) else str(value).replace(",", " ").split()
    try:
        # A number would be taken for an address.
        return tuple(ipaddress.ip_network(text(word)) for word in words)
    except ValueError:
        raise ValueError("must be a list of addresses or CIDR blocks") from None


def _parts(value: Any) -> SplitResult:
    """The parts of a URL, all of them empty where it is none."""
    try:
        parts = urlsplit(text(value))
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts
