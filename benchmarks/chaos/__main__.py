"""`python -m benchmarks.chaos`: see README.md of the folder above."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from launch.paths import LOGS
from launch.postgres import Cluster

from .run import Chaos
from .server import Server

DATABASE = "chaos"


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos")
    add = parser.add_argument
    add(
        "--template", required=True, help="database with our addons, copied from PGHOST"
    )
    add("--seconds", type=float, default=300)
    add("--partners", type=int, default=6)
    add("--workers", type=int, default=3)
    add("--crons", type=int, default=1)
    add("--pause", type=float, default=1.0, help="mean seconds between kills")
    add("--share", type=float, default=0.15, help="share of requests that suffer")
    add("--seed", type=int, default=1997)
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Run on a PostgreSQL of its own, as its processes are killed; 1 on any problem."""
    options = arguments(argv)
    cluster, given = own_cluster("chaos", options.template, DATABASE)
    try:
        with tempfile.TemporaryDirectory() as folder:
            LOGS.mkdir(parents=True, exist_ok=True)
            log = LOGS / "chaos.log"
            log.write_text("")
            server = Server(cluster, DATABASE, log, options.workers, options.crons)
            started = time.monotonic()
            chaos = Chaos(
                server,
                Path(folder),
                seed=options.seed,
                seconds=options.seconds,
                partners=options.partners,
                pause=options.pause,
                share=options.share,
            )
            try:
                chaos.run()
            finally:
                server.stop()
            print(f"{chaos}\n{time.monotonic() - started:.0f} s, seed {options.seed}")
    finally:
        cluster.remove()
        os.environ.update(given)
    return 1 if chaos.problems else 0


def own_cluster(
    name: str, template: str, database: str
) -> tuple[Cluster, dict[str, str]]:
    """A copy of a database on a cluster that may be broken; and PGHOST as it was."""
    dump = subprocess.run(
        ["pg_dump", "--no-owner", template], capture_output=True, check=True
    ).stdout
    given = {n: os.environ.pop(n) for n in ("PGHOST", "PGUSER") if n in os.environ}
    cluster = Cluster(name)
    cluster.remove()
    cluster.start()
    environment = cluster.environment()
    subprocess.run(["createdb", database], env=environment, check=True)
    subprocess.run(
        ["psql", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", database],
        input=dump + b"\nANALYZE;\nCHECKPOINT;\n",
        env=environment,
        check=True,
    )
    return cluster, given


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
