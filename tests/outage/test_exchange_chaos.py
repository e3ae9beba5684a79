"""The exchange while all fails, in small; `python -m benchmarks.chaos` is the whole.

Partners' systems push and pull through a network that loses requests and answers,
people, scripts and merges write beside them, and workers, PostgreSQL's processes and
the partners' programs are killed. In the end both sides hold the same, once.
"""

import os

import pytest

from benchmarks.chaos.proxy import KINDS
from benchmarks.chaos.run import Chaos
from benchmarks.chaos.server import Server
from launch.paths import LOGS

pytestmark = pytest.mark.skipif(
    not os.environ.get("OUTAGE_TEMPLATE"), reason="OUTAGE_TEMPLATE is not set"
)


def test_nothing_is_lost_or_doubled_whatever_fails(shop, tmp_path):
    shop.ask("CHECKPOINT; SELECT 1")  # a recovery of seconds, not of the whole copy
    server = Server(shop.cluster, "outage", LOGS / "chaos.log", crons=0)
    chaos = Chaos(server, tmp_path, seed=1940, seconds=10, partners=2, share=0.35)
    try:
        chaos.run()
    finally:
        server.stop()
    print(chaos)
    assert not chaos.problems, str(chaos)
    assert chaos.facts["rows intended"] > 10
    for victim in ("worker", "backend", "partner"):
        assert chaos.faults[f"kill -9 of a {victim}"], str(chaos)
    # a slow machine lets few requests through between the kills
    assert sum(chaos.faults[kind] for kind in KINDS) >= 3, str(chaos)
