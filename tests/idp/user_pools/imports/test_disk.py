"""A disk that is full is the server's affair, and is said as such."""

from __future__ import annotations

import errno
import io
import os

from idp.user_pools.services import import_files
from tests.idp.user_pools.imports.import_world import csv_file, new_import


class FullDisk(io.BytesIO):
    """What `create_upload` gives where nothing can be written."""

    def write(self, _data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_upload_onto_a_full_disk_is_an_internal_error(world, pool, monkeypatch):
    job = new_import(pool)
    monkeypatch.setattr(import_files, "create_upload", lambda *_: FullDisk())
    status, text = job.upload(csv_file(pool))
    assert (status, "InternalError" in text) == (500, True)
