"""The method settings of a REST API's stage into what the data plane serves.

"When you enable caching for a stage, only GET methods have caching enabled by default" (API Gateway
developer guide, "Cache settings for REST APIs"): a stage that keeps replies keeps those of other
methods only where they say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway import snapshot
from gateway.control.compiling.stage_settings import throttle_of
from gateway.control.own_tags import is_shared, stale_if_error

Document = Mapping[str, Any]
EVERY_METHOD = "*/*"
NOT_LIMITED = -1
THROTTLES = ("throttlingRateLimit", "throttlingBurstLimit")


def route_key_of(setting: str) -> str:
    """The route key of a setting's key (`pets/{id}/GET`); `""` of the stage's default."""
    if setting == EVERY_METHOD:
        return ""
    path, _, method = setting.rpartition("/")
    return f"{method} /{path.replace('~1', '/').lstrip('/')}"


class MethodSettings:
    """What a stage's document sets for its methods. What one has not set itself is the stage's."""

    def __init__(self, document: Document) -> None:
        given = document.get("methodSettings", {})
        self._document = document
        self._stage = given.get(EVERY_METHOD, {})
        self._own = {route_key_of(key): own for key, own in given.items() if key != EVERY_METHOD}

    def throttles(self, keys: Iterable[str]) -> dict[str, snapshot.Throttle]:
        """By route key. The stage's default is each method's own: limits of a stage "are applied
        at the API method level" (developer guide, "Throttle requests to your REST APIs")."""
        throttles = {
            key: _throttle({**_limits(self._stage), **_limits(self._own.get(key, {}))})
            for key in keys
        }
        return {key: throttle for key, throttle in throttles.items() if throttle}

    def of_routes(self, keys: Iterable[str]) -> dict[str, snapshot.MethodSettings]:
        """By route key; that of `""` holds for others."""
        return {"": self._of(""), **{key: self._of(key) for key in keys}}

    def _of(self, key: str) -> snapshot.MethodSettings:
        own = self._own.get(key, {})
        settings = {**self._stage, **own}
        return snapshot.MethodSettings(
            caching=self._caching(key, own, settings),
            logging_level=settings.get("loggingLevel", "OFF"),
            data_trace=settings.get("dataTraceEnabled", False),
            metrics=settings.get("metricsEnabled", False),
        )

    def _caching(self, key: str, own: Document, settings: Document) -> snapshot.Caching | None:
        is_kept = own.get("cachingEnabled", self._stage.get("cachingEnabled") and _is_get(key))
        if not self._document.get("cacheClusterEnabled") or not is_kept:
            return None
        return snapshot.Caching(
            ttl=settings.get("cacheTtlInSeconds", 300),
            encrypted=settings.get("cacheDataEncrypted", False),
            invalidation_needs_permission=settings.get("requireAuthorizationForCacheControl", True),
            unauthorized_strategy=settings.get(
                "unauthorizedCacheControlHeaderStrategy", "SUCCEED_WITH_RESPONSE_HEADER"
            ),
            shared=is_shared(self._document.get("tags", {})),
            stale_if_error=stale_if_error(self._document.get("tags", {})),
        )


def _is_get(key: str) -> bool:
    return key.startswith("GET ")


def _limits(settings: Document) -> dict[str, Any]:
    return {
        name: settings[name]
        for name in THROTTLES
        if settings.get(name) is not None and settings[name] != NOT_LIMITED
    }


def _throttle(limits: Document) -> snapshot.Throttle | None:
    return throttle_of(limits.get("throttlingRateLimit"), limits.get("throttlingBurstLimit"))
