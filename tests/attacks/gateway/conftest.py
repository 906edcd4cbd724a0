"""The gateway's own fixtures."""

from tests.gateway.conftest import serve, tokens, upstream

__all__ = ["serve", "tokens", "upstream"]
