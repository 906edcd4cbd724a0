"""What a stage sets for its methods, by paths such as `/pets~1{id}/GET/throttling/rateLimit`. Pure.

A stage's document keeps what was set; what a method has not set itself is the stage's (`*/*`), or
AWS's default. Settings may name a method that this deployment has not, for they outlive it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.control.rest.patching import Document, Patch, Rule, Tokens, read_flag, read_number
from gateway.route_tree import METHODS

EVERY_METHOD = "*/*"
NOT_LIMITED = -1
"""What clients send for a throttle that a method does not have."""
MOST_BURST = 2**31 - 1
STRATEGIES = ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")
LEVELS = ("OFF", "ERROR", "INFO")

DEFAULTS: Mapping[str, Any] = {
    "cacheDataEncrypted": False,
    "cacheTtlInSeconds": 300,
    "cachingEnabled": False,
    "dataTraceEnabled": False,
    "metricsEnabled": False,
    "requireAuthorizationForCacheControl": True,
    "throttlingBurstLimit": quotas.ACCOUNT_BURST,
    "throttlingRateLimit": quotas.ACCOUNT_REQUESTS_PER_SECOND,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
"""As AWS shows a method of which only something else is set."""


def shown(settings: Mapping[str, Document]) -> Document:
    """A stage's `methodSettings` as AWS shows them: each entry whole."""
    stage = settings.get(EVERY_METHOD, {})
    return {key: {**DEFAULTS, **stage, **own} for key, own in settings.items()}


class MethodSetting(Rule):
    """`/{resourcePath}/{httpMethod}/CATEGORY/SETTING`, whose resource path is either one escaped
    token or several."""

    def __init__(self) -> None:
        super().__init__("/{resourcePath}/{httpMethod}/{category}/{setting}")

    def matches(self, tokens: Tokens) -> bool:
        return len(tokens) >= 4 and tokens[-2:] in _SETTINGS and key_of(tokens[:-2]) is not None

    def apply(self, document: Document, patch: Patch) -> None:
        member, read = _SETTINGS[patch.tokens[-2], patch.tokens[-1]]
        key = key_of(patch.tokens[:-2]) or EVERY_METHOD
        settings = dict(document.get("methodSettings", {}))
        settings[key] = {**settings.get(key, {}), member: read(patch)}
        document["methodSettings"] = settings


class RemovedMethod(Rule):
    """`/{resourcePath}/{httpMethod}`: everything that is set for a method.

    Whatever else is removed in vain is taken for one, as AWS does.
    """

    ops = ("remove",)

    def __init__(self) -> None:
        super().__init__("/{resourcePath}/{httpMethod}")

    def matches(self, tokens: Tokens) -> bool:
        return bool(tokens)

    def apply(self, document: Document, patch: Patch) -> None:
        settings = dict(document.get("methodSettings", {}))
        key = key_of(patch.tokens)
        if key is None or key not in settings:
            raise Invalid(
                f"Cannot remove method setting {patch.path.removeprefix('/')} "
                "because there is no method setting for this method "
            )
        del settings[key]
        document["methodSettings"] = settings


def key_of(tokens: Tokens) -> str | None:
    """`pets/{id}/GET` of a resource path and a method, `~1/GET` at the root, or `*/*`; None where
    they are no method's."""
    path, verb = "/".join(tokens[:-1]).strip("/"), tokens[-1]
    if path == "*" and verb == "*":
        return EVERY_METHOD
    if verb not in METHODS or "*" in path or not path.isprintable() or len(path) > 2048:
        return None
    return f"{path or '~1'}/{verb}"


def _rate(patch: Patch) -> float:
    try:
        rate = float(patch.text())
    except ValueError:
        raise patch.refused("it must be a number") from None
    if rate != NOT_LIMITED and not (math.isfinite(rate) and 0 <= rate <= MOST_BURST):
        raise patch.refused("it must be a number that is not negative, or -1")
    return rate


def _burst(patch: Patch) -> int:
    return read_number(patch, NOT_LIMITED, MOST_BURST)


def _ttl(patch: Patch) -> int:
    return read_number(patch, 0, 3600)


def _one_of(*words: str) -> Callable[[Patch], str]:
    def read(patch: Patch) -> str:
        if patch.text() not in words:
            raise patch.refused(f"it must be one of {', '.join(words)}")
        return patch.text()

    return read


_SETTINGS: Mapping[tuple[str, ...], tuple[str, Callable[[Patch], Any]]] = {
    ("metrics", "enabled"): ("metricsEnabled", read_flag),
    ("logging", "dataTrace"): ("dataTraceEnabled", read_flag),
    ("logging", "loglevel"): ("loggingLevel", _one_of(*LEVELS)),
    ("throttling", "burstLimit"): ("throttlingBurstLimit", _burst),
    ("throttling", "rateLimit"): ("throttlingRateLimit", _rate),
    ("caching", "ttlInSeconds"): ("cacheTtlInSeconds", _ttl),
    ("caching", "enabled"): ("cachingEnabled", read_flag),
    ("caching", "dataEncrypted"): ("cacheDataEncrypted", read_flag),
    ("caching", "requireAuthorizationForCacheControl"): (
        "requireAuthorizationForCacheControl",
        read_flag,
    ),
    ("caching", "unauthorizedCacheControlHeaderStrategy"): (
        "unauthorizedCacheControlHeaderStrategy",
        _one_of(*STRATEGIES),
    ),
}
