"""The harness runs from end to end on a small shop. `make test` gives the templates."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN = os.environ.get("BENCH_PLAIN_TEMPLATE")
SUITE = os.environ.get("BENCH_SUITE_TEMPLATE")
DATA_DIR = os.environ.get("BENCH_DATA_DIR")

pytestmark = pytest.mark.skipif(
    not (PLAIN and SUITE and DATA_DIR),
    reason="BENCH_PLAIN_TEMPLATE, BENCH_SUITE_TEMPLATE, BENCH_DATA_DIR are not set",
)


def test_every_task_is_measured_on_a_small_shop(tmp_path):
    report = tmp_path / "results.md"
    command = [sys.executable, "-m", "benchmarks", "--prefix", "benchsmoke_"]
    command += ["--customers", "2000", "--lines", "20000", "--data-dir", DATA_DIR]
    command += ["--plain-template", PLAIN, "--suite-template", SUITE]
    done = subprocess.run(
        [*command, "--output", str(report)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    rows = re.findall(r"^\| (\w+) \|", report.read_text(), re.MULTILINE)
    assert {"pivot", "scores", "segments", "import", "writes"} <= set(rows)
    assert "2,000 customers, 20,000 purchase lines" in report.read_text()
