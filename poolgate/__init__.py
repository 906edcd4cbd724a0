"""Poolgate's public names. Each is imported when it is first used: the command line starts fast."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Cors": "gateway.blueprint",
    "Gateway": "gateway.blueprint",
    "Throttle": "gateway.blueprint",
    "Upstream": "gateway.blueprint",
    "create_app": "app",
}

__all__ = ["Cors", "Gateway", "Throttle", "Upstream", "__version__", "create_app"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'poolgate' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
