"""Several processes, one answer: run in processes of their own, as the mode is fixed at import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COUNT = "from kernel.telemetry import metrics; metrics.sign_ins.labels('srp', 'success').inc(2)"
SHOW = "from kernel.telemetry import metrics; print(metrics.exposition().decode())"


def run(code: str, directory: Path) -> str:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(directory)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_the_counts_of_all_workers_are_summed_dead_ones_included(tmp_path: Path) -> None:
    run(COUNT, tmp_path)
    run(COUNT, tmp_path)
    shown = run(SHOW, tmp_path)
    assert 'poolgate_sign_ins_total{flow="srp",outcome="success"} 4.0' in shown
