"""The process that `poolgate serve` becomes: `python -m poolgate.server`, run and never imported.

gevent replaces blocking parts of the standard library before anything else can import them.
"""

from gevent import monkey

monkey.patch_all()

import gc  # noqa: E402 - after the patch, as everything
import sys  # noqa: E402 - the same

# Imports make many objects and no garbage: collecting meanwhile is a tenth of the start.
gc.disable()

from poolgate.serve import main  # noqa: E402 - the same

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
