"""The API stages of a usage plan under patch operations, and the throttles of their methods.

A stage is named `API:STAGE`. The path of a method's throttle names resource and method, with the
resource's slashes escaped or, as some clients send them, plain:

    /apiStages/a1b2c3:prod/throttle/~1pets~1{id}/GET/rateLimit
    /apiStages/a1b2c3:prod/throttle//pets/{id}/GET/rateLimit
"""

from __future__ import annotations

import re
from typing import Any

from gateway.control.account.patch_rules import read_burst, read_rate
from gateway.control.errors import Invalid
from gateway.control.rest.patch_operations import nothing_to_remove
from gateway.control.rest.patching import Document, Patch, Rule, Tokens

_METHOD = re.compile(r"(/[^\s]{0,1024})/([A-Z]{1,16})")
_LIMITS = {"rateLimit": read_rate, "burstLimit": read_burst}


class PlanStage(Rule):
    """Add or remove a stage, which the value names."""

    ops = ("add", "remove")

    def apply(self, document: Document, patch: Patch) -> None:
        stages = list(document.get("apiStages", []))
        api_id, stage = _read_stage(patch.text())
        known = [each for each in stages if (each["apiId"], each["stage"]) == (api_id, stage)]
        if patch.op == "remove":
            if not known:
                raise _unknown(patch.text())
            stages.remove(known[0])
        elif not known:
            stages.append({"apiId": api_id, "stage": stage})
        document["apiStages"] = stages


class _OfStage(Rule):
    """What lies below a stage's `throttle`; `above` and `below` are the tokens around the rest."""

    least_tokens = 3
    most_tokens: int | None = None

    def matches(self, tokens: Tokens) -> bool:
        return (
            tokens[0] == "apiStages"
            and len(tokens) >= self.least_tokens
            and tokens[2] == "throttle"
            and (self.most_tokens is None or len(tokens) <= self.most_tokens)
            and self._ends(tokens)
        )

    def _ends(self, _tokens: Tokens) -> bool:
        return True

    def throttles(self, document: Document, patch: Patch) -> dict[str, Any]:
        """The throttles of the stage that the path names, by `/PATH/METHOD`."""
        api_id, stage = _read_stage(patch.tokens[1])
        for each in document.get("apiStages", []):
            if (each["apiId"], each["stage"]) == (api_id, stage):
                found: dict[str, Any] = each.setdefault("throttle", {})
                return found
        raise _unknown(patch.tokens[1])


class StageThrottles(_OfStage):
    """Remove all throttles of a stage."""

    ops = ("remove",)
    most_tokens = 3

    def apply(self, document: Document, patch: Patch) -> None:
        self.throttles(document, patch).clear()


class MethodLimit(_OfStage):
    """Set one of a method's two limits."""

    ops = ("add", "replace")
    least_tokens = 5

    def _ends(self, tokens: Tokens) -> bool:
        return tokens[-1] in _LIMITS

    def apply(self, document: Document, patch: Patch) -> None:
        method = read_method("/".join(patch.tokens[3:-1]))
        throttles = self.throttles(document, patch)
        throttles.setdefault(method, {})[patch.last] = _LIMITS[patch.last](patch)


class MethodThrottle(_OfStage):
    """Remove a method's throttle."""

    ops = ("remove",)
    least_tokens = 4

    def apply(self, document: Document, patch: Patch) -> None:
        method = read_method("/".join(patch.tokens[3:]))
        if self.throttles(document, patch).pop(method, None) is None:
            raise nothing_to_remove(patch)


METHOD_THROTTLES = (
    StageThrottles("/apiStages/{apiId:stage}/throttle"),
    MethodLimit("/apiStages/{apiId:stage}/throttle/{resourcePath}/{httpMethod}/rateLimit"),
    MethodThrottle("/apiStages/{apiId:stage}/throttle/{resourcePath}/{httpMethod}"),
)


def read_method(text: str) -> str:
    """`/pets/{id}/GET` in its one form: the root's is `//GET`. Raises `Invalid`."""
    found = _METHOD.fullmatch(text if text.count("/") > 1 else f"/{text}")
    if found is None:
        raise Invalid(f"Invalid method {text}: it must be a resource's path and a method")
    return f"{found[1]}/{found[2]}"


def route_key_of(method: str) -> str:
    """The route key of `/pets/{id}/GET`."""
    path, _, verb = method.rpartition("/")
    return f"{verb} {path}"


def _read_stage(text: str) -> tuple[str, str]:
    api_id, colon, stage = text.partition(":")
    if not (api_id and colon and stage):
        raise Invalid(f"Invalid API stage {text}: it must have the form apiId:stage")
    return api_id, stage


def _unknown(text: str) -> Invalid:
    return Invalid(f"The usage plan has no API stage {text}")
