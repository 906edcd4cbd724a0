"""`python -m poolgate`."""

from __future__ import annotations

import sys

from poolgate.cli import main

if __name__ == "__main__":
    sys.exit(main())
