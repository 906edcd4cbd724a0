"""The driver that serves the chain on any WSGI server (PEP 3333)."""

from gateway.wsgi.data_plane import DataPlane

__all__ = ["DataPlane"]
