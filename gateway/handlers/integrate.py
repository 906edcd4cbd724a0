"""Call what the route leads to: `gateway.integrations.dispatch` knows who calls what."""

from __future__ import annotations

from gateway.integrations.dispatch import integrate

__all__ = ["integrate"]
