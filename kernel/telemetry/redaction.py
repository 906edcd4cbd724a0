"""The second line of defence against secrets in logs. The first is not to log them.

Two rules: a value under a telling name is dropped whole, and what looks like a credential is cut
out of any text, whatever its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from itertools import pairwise
from typing import Any

REDACTED = "[redacted]"
DEEPEST = 6

TELLING_WORDS = frozenset(
    {"password", "passwd", "passphrase", "secret", "secrets", "token", "tokens", "code", "codes"}
    | {"otp", "authorization", "cookie", "session", "verifier", "seed", "signature", "assertion"}
    | {"credential", "credentials", "challenge"}
)
TELLING_PAIRS = frozenset({"private key", "signing key", "sealing key", "api key"})
# Written by the logging itself and the access log, from values of our own.
OURS = frozenset(
    {"timestamp", "level", "logger", "request_id", "method", "status", "service", "operation"}
)
INNOCENT_NAMES = frozenset(
    {"status_code", "error_code", "exit_code", "token_use", "token_type", "secret_name"}
    | {"statuscode", "errorcode"}
)

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _token(found: re.Match[str]) -> str:
    return found[1] or REDACTED


CREDENTIALS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # A JWT or JWE: its first part is base64url of '{"'.
    # One without a second part is none; it is passed over whole, not searched for further ones.
    (re.compile(r"(eyJ[\w-]{4,}+(?!\.))|eyJ[\w-]{4,}+(?:\.[\w-]*){1,4}"), _token),
    # AWS access key ids: four letters for the kind, then at least twelve characters.
    (re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,124}\b"), rf"\1{REDACTED}"),
    (re.compile(r"\b(Bearer|Basic|DPoP)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {REDACTED}"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), rf"\1{REDACTED}@"),
    # key=value and "key": "value", as in query strings, forms and printed JSON.
    (
        re.compile(
            r"""((?:password|passwd|secret|token|code|assertion|x-amz-signature|signature)"""
            r"""(?:=|["']\s*:\s*["']))[^&\s"']+""",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
)


# Each pattern needs one of these; most texts have none, and cost next to nothing.
MARKS = ("eyj", "akia", "asia", "=", "://", '"', "'", "bearer", "basic", "dpop")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The structlog processor. It stands last before the renderer."""
    return {name: value if name in OURS else clean(name, value) for name, value in event.items()}


def clean(name: str, value: Any, depth: int = 0) -> Any:
    """`value` as it may be logged under `name`."""
    if value is None or isinstance(value, bool | int | float):
        return value if not is_telling(name) or value is None else REDACTED
    if is_telling(name):
        return REDACTED
    if isinstance(value, str):
        return clean_text(value)
    if depth >= DEEPEST:
        return REDACTED
    if isinstance(value, Mapping):
        return {str(key): clean(str(key), held, depth + 1) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean("", held, depth + 1) for held in value]
    return clean_text(str(value))


def clean_text(text: str) -> str:
    lower = text.lower()
    for mark in MARKS:
        if mark in lower:
            break
    else:
        return text
    for pattern, replacement in CREDENTIALS:
        text = pattern.sub(replacement, text)
    return text


_known_names: dict[str, bool] = {}


def is_telling(name: str) -> bool:
    """Whether a name, in any of snake, camel and kebab case, promises a secret."""
    known = _known_names.get(name)
    if known is None:
        known = _is_telling(name)
        if len(_known_names) < 10_000:
            _known_names[name] = known
    return known


def _is_telling(name: str) -> bool:
    if name.lower() in INNOCENT_NAMES:
        return False
    words = [word.lower() for word in WORD.findall(name)]
    pairs = {f"{first} {second}" for first, second in pairwise(words)}
    return not (TELLING_WORDS.isdisjoint(words) and TELLING_PAIRS.isdisjoint(pairs))
