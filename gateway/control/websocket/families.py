"""The operations that only WebSocket APIs have."""

from __future__ import annotations

from gateway.control.websocket import (
    integration_responses,
    models,
    request_parameters,
    route_responses,
)

FAMILIES = (
    models.family,
    route_responses.family,
    integration_responses.family,
    request_parameters.family,
)
