from __future__ import annotations

from tests.idp.oauth.world import world
from tests.idp.scim.conftest import by_email, directory, pool_id

__all__ = ["by_email", "directory", "pool_id", "world"]
