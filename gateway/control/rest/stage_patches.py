"""The patch paths of UpdateStage, the promotion of a canary among them. Pure.

Rules work on a stage's document with its `deploymentId` beside the other members.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.control.errors import Invalid
from gateway.control.rest.method_settings import MethodSetting, RemovedMethod
from gateway.control.rest.patching import (
    Choice,
    Document,
    Flag,
    Member,
    Patch,
    Patches,
    Rule,
    Text,
    read_flag,
)
from gateway.control.rest.stage_rules import CACHE_SIZES

_SETTINGS = (
    "metrics/enabled, {m}/logging/dataTrace, {m}/logging/loglevel, {m}/throttling/burstLimit"
    "{s}{m}/throttling/rateLimit{s}{m}/caching/ttlInSeconds, {m}/caching/enabled, "
    "{m}/caching/dataEncrypted, {m}/caching/requireAuthorizationForCacheControl, "
    "{m}/caching/unauthorizedCacheControlHeaderStrategy"
)
KNOWN_PATHS = (
    "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, "
    "/accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format, "
    f"/{{resourcePath}}/{{httpMethod}}/{_SETTINGS.format(m='/{resourcePath}/{httpMethod}', s='')}, "
    f"/*/*/{_SETTINGS.format(m='/*/*', s=' ')}, /variables/{{variable_name}}, /tracingEnabled"
)
"""AWS's own list, with its missing commas; canary paths and /documentationVersion are not in it."""


class CanaryMember(Rule):
    """`/canarySettings/NAME`. The first of them makes a canary of the stage's own deployment."""

    def __init__(self, name: str, read: Callable[[Patch], Any]) -> None:
        super().__init__(f"/canarySettings/{name}")
        self._read = read

    def apply(self, document: Document, patch: Patch) -> None:
        canary_of(document)[patch.last] = self._read(patch)


class CanaryOverride(Rule):
    """`/canarySettings/stageVariableOverrides/{name}`."""

    def __init__(self) -> None:
        super().__init__("/canarySettings/stageVariableOverrides/{name}")

    def apply(self, document: Document, patch: Patch) -> None:
        canary_of(document).setdefault("stageVariableOverrides", {})[patch.last] = patch.text()


class Removed(Rule):
    """Something that may be removed where it is there."""

    ops = ("remove",)

    def apply(self, document: Document, patch: Patch) -> None:
        holders: list[Any] = [document]
        for token in patch.tokens[:-1]:
            holders.append(holders[-1].get(token, {}))
        if patch.last not in holders[-1]:
            RemovedMethod().apply(document, patch)
            return
        for holder, token in zip(reversed(holders), reversed(patch.tokens), strict=True):
            del holder[token]
            if holder:
                break  # only what is empty now goes with it


class Promotion(Rule):
    """`copy` of a canary's deployment or variables to its stage.

    "To promote a canary deployment, you copy the canary deployment ID to the affiliated deployment
    ID" (PatchOperation$from). Variables of the stage that the canary does not override stay.
    """

    ops = ("copy",)

    def __init__(self, path: str, source: str) -> None:
        super().__init__(path)
        self._source = source

    def apply(self, document: Document, patch: Patch) -> None:
        canary = document.get("canarySettings")
        if patch.source != self._source or canary is None:
            raise Invalid(f"Invalid copy operation with from: {patch.source} path: {patch.path}")
        if patch.last == "deploymentId":
            document["deploymentId"] = canary["deploymentId"]
        elif canary.get("stageVariableOverrides"):
            overrides = canary["stageVariableOverrides"]
            document["variables"] = {**document.get("variables", {}), **overrides}


class StagePatches(Patches):
    """UpdateStage's rules, and its own words for a path that it does not have."""

    def _refused(self, patch: Patch) -> Invalid:
        if patch.op == "replace":
            return Invalid(
                f"Invalid method setting path: {patch.path}. Must be one of: [{KNOWN_PATHS}]"
            )
        return Invalid(f"Invalid {patch.op} operation with path: {patch.path}")


def canary_of(document: Document) -> Document:
    """The stage's canary, made where there is none: of its own deployment, without traffic."""
    canary: Document = document.setdefault(
        "canarySettings", new_canary(document.get("deploymentId", ""))
    )
    return canary


def new_canary(deployment_id: str) -> Document:
    """A canary that serves a deployment to nobody yet."""
    return {"deploymentId": deployment_id, "percentTraffic": 0.0, "useStageCache": False}


def _percent(patch: Patch) -> float:
    try:
        return float(patch.text())
    except ValueError:
        raise patch.refused("it must be a number") from None


PATCHES = StagePatches(
    Text("/deploymentId", least=1, most=32),
    Text("/description"),
    Flag("/cacheClusterEnabled"),
    Choice("/cacheClusterSize", *CACHE_SIZES),
    Text("/clientCertificateId", most=64),
    Text("/documentationVersion", most=64),
    Flag("/tracingEnabled"),
    Member("/accessLogSettings/destinationArn", Patch.text),
    Member("/accessLogSettings/format", Patch.text),
    Removed("/accessLogSettings"),
    Removed("/accessLogSettings/destinationArn"),
    Removed("/accessLogSettings/format"),
    Member("/variables/{name}", Patch.text),
    Removed("/variables/{name}"),
    Promotion("/variables", "/canarySettings/stageVariableOverrides"),
    Promotion("/deploymentId", "/canarySettings/deploymentId"),
    CanaryMember("deploymentId", Patch.text),
    CanaryMember("percentTraffic", _percent),
    CanaryMember("useStageCache", read_flag),
    CanaryOverride(),
    Removed("/canarySettings/stageVariableOverrides/{name}"),
    Removed("/canarySettings"),
    MethodSetting(),
    RemovedMethod(),
)


def patched(document: Document, request: Document) -> Document:
    """The document after a request; text that was emptied is left out. Raises `Invalid`."""
    changed = PATCHES.apply(document, request)
    return {name: value for name, value in changed.items() if value != ""}
