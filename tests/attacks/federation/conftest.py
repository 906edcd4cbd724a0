from __future__ import annotations

from tests.idp.oauth.world import world_with_peers as world

__all__ = ["world"]
