from __future__ import annotations

from tests.idp.oauth.conftest import confidential_client, pool_id, proof, public_client
from tests.idp.oauth.world import world

__all__ = ["confidential_client", "pool_id", "proof", "public_client", "world"]
