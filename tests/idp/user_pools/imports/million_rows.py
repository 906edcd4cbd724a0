"""Imports a large file by itself and says how fast, and in how much memory.

python -m tests.idp.user_pools.imports.million_rows [ROWS] [FOLDER]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.idp.user_pools.imports.import_world import ImportWorld, csv_file, new_import, person


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
    world = ImportWorld(folder)
    pool = world.pool(AutoVerifiedAttributes=["email"])
    job = new_import(pool)
    before = peak_mebibytes()
    began = time.monotonic()
    assert world.put(urlsplit(job.url).geturl(), content(pool, rows))[0] == 200
    print(f"uploaded in {time.monotonic() - began:.1f} s", flush=True)
    job.start()
    began = time.monotonic()
    world.runner.run_all()
    seconds = time.monotonic() - began
    done = job.describe()
    print(
        f"{done['Status']}: {done['ImportedUsers']} users in {seconds:.0f} s,"
        f" {rows / seconds:.0f} a second"
    )
    print(f"peak memory {before} MiB before, {peak_mebibytes()} MiB after", flush=True)
    began = time.monotonic()
    estimate = world.admin.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    print(f"estimated {estimate['EstimatedNumberOfUsers']} in {time.monotonic() - began:.3f} s")
    world.close()


def content(pool: object, rows: int) -> Iterator[bytes]:
    header = csv_file(pool).encode()  # type: ignore[arg-type]
    yield header
    for first in range(0, rows, 1000):
        people = (person(f"user-{n:07}", name=f"Number {n}") for n in range(first, first + 1000))
        yield csv_file(_Header(header), *people).partition("\n")[2].encode()  # type: ignore[arg-type]


class _Header:
    """What `csv_file` asks a pool for, without a request each time."""

    def __init__(self, header: bytes) -> None:
        self._columns = header.decode().strip().split(",")

    def call(self, _operation: str) -> dict[str, list[str]]:
        return {"CSVHeader": self._columns}


def peak_mebibytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
