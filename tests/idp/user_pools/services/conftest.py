from __future__ import annotations

from tests.idp.user_pools.operations.conftest import world

__all__ = ["world"]
