"""`python -m bench [ROW ...] [--rounds N] [--seconds S] [--users N]`"""

from __future__ import annotations

import argparse
import os
import sys
import time

from bench.measurement import Row, absent, take_turns
from bench.peer_servers import Missing
from bench.processes import ASKED_BY
from bench.rows import ROWS
from bench.stage import Stage
from bench.table import render


def main() -> int:
    options = _arguments()
    os.sched_setaffinity(0, ASKED_BY)
    begin, failed = time.monotonic(), False
    rows: list[Row] = []
    with Stage(options.users) as stage:
        for name in options.rows or ROWS:
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                rows += take_turns(ROWS[name](stage), options.rounds, options.seconds)
            except Missing as peer:
                rows += absent(name, [str(peer)])
            except Exception as error:
                failed = True
                rows.append(Row(name, "", verdict=f"failed: {error}"[:200]))
    print(render(rows))
    minutes = (time.monotonic() - begin) / 60
    print(f"{options.rounds} rounds of {options.seconds:g} s each; {minutes:.1f} minutes in all.")
    return int(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Poolgate.")
    parser.add_argument("rows", nargs="*", choices=[*ROWS, []], metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--rounds", type=int, default=5, help="of each contestant (5)")
    parser.add_argument("--seconds", type=float, default=2, help="that a round lasts (2)")
    parser.add_argument(
        "--users", type=int, default=1_000_000, help="that look-ups search among (1,000,000)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
