"""The targets of VPC links, which are texts, as origins that can be connected to."""

from __future__ import annotations

from functools import lru_cache

from gateway.integrations.endpoint import Endpoint, Origin


@lru_cache(1024)
def origin_of(target: str, verification: str) -> Origin:
    """The origin of a target such as `http://10.0.0.5:8080`. Raises `InvalidEndpoint`."""
    return Endpoint.compile(target, {}).origin._replace(verification=verification)
