"""A pool that moves from one server to another."""

from __future__ import annotations

import io

from poolgate.transfer import exporting
from poolgate.transfer.importing import Target, import_pool
from tests.idp.user_pools.operations.world import AppClient, Pool

PASSPHRASE = "correct horse battery"


def exported(world, pool_id: str, *, with_signing_keys: bool = True) -> bytes:
    file = io.BytesIO()
    kernel = world.kernel
    exporting.export(kernel.database, kernel.sealer, pool_id, file, PASSPHRASE,
                     with_signing_keys=with_signing_keys)  # fmt: skip
    return file.getvalue()


def target_of(world, account: str | None = None) -> Target:
    return Target(world.kernel.database, world.kernel.sealer, account)


def moved(content: bytes, world, pool: Pool, client: AppClient) -> AppClient:
    import_pool(target_of(world), io.BytesIO(content), PASSPHRASE)
    return AppClient(Pool(world, pool.id), client.id, client.secret)
