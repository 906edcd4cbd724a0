"""The gateway's own fixtures."""

from tests.gateway.conftest import serve, tokens, upstream
from tests.gateway.control.conftest import caller, kernel, sqlite

__all__ = ["caller", "kernel", "serve", "sqlite", "tokens", "upstream"]
