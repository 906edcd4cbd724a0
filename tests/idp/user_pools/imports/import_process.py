"""A worker in a process of its own: it runs the jobs of an instance until it is killed or done.

python -m tests.idp.user_pools.imports.import_process INSTANCE
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.idp.user_pools.imports.import_world import ImportWorld


def main() -> None:
    world = ImportWorld(Path(sys.argv[1]))
    world.time = time.time  # type: ignore[assignment]  # leases are between processes
    world.kernel.clock.__dict__["time"] = time.time
    print("ready", flush=True)
    world.runner.run_all()
    print("done", flush=True)
    world.close()


if __name__ == "__main__":
    main()
