"""Timing, and the table of ratios."""

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("duckdb", "numpy", "scipy", "pandas", "pyarrow", "ibis-framework")


@dataclass(frozen=True)
class Result:
    """Ours and a peer on the same work: `seconds` per `unit`, and the goal.

    `ratio` says how many times ours is faster; for overheads (`overhead`), how many
    times longer the work takes with our addons.
    """

    task: str
    work: str
    ours: float
    peer_name: str
    peer: float
    goal: str
    unit: str = ""
    overhead: bool = False
    met: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.peer if self.overhead else self.peer / self.ours


def seconds(job: Callable[[], object], repeat: int = 1) -> float:
    """Median time of the job; what Python collects is collected before, not during."""
    times = []
    for __ in range(repeat):
        gc.collect()
        started = time.perf_counter()
        job()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def readable(value: float) -> str:
    """A time as people read it: 1.2 s, 34 ms, 560 us."""
    for size, name in ((1, "s"), (1e-3, "ms")):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value / 1e-6:.3g} us"


def table(results: list[Result]) -> str:
    """Markdown, one row per comparison."""
    head = "| task | work | ours | peer | peer's time | ratio | goal | met |"
    rows = [head, "|---|---|---:|---|---:|---:|---|---|"]
    for r in results:
        times = [f"{readable(t)}{r.unit}" for t in (r.ours, r.peer)]
        ratio = f"{r.ratio:.2f} x the time" if r.overhead else f"{r.ratio:.3g} x"
        met = {None: "", True: "yes", False: "**no**"}[r.met]
        rows.append(
            f"| {r.task} | {r.work} | {times[0]} | {r.peer_name} | {times[1]} "
            f"| {ratio} | {r.goal} | {met} |"
        )
    return "\n".join(rows)


def notes(results: list[Result]) -> str:
    return "\n".join(f"- {r.task}, {r.work}: {r.note}" for r in results if r.note)


def machine(postgres: str) -> str:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = []
    for name in LIBRARIES:
        try:
            libraries.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()} "
        f"{platform.machine()}, load {os.getloadavg()[2]:.1f} in the last 15 minutes; "
        f"Python {platform.python_version()}, "
        f"PostgreSQL {postgres}, {', '.join(libraries)}"
    )


def write(path: Path, results: list[Result], size: str, postgres: str) -> None:
    """The report of one run, in place of the one before."""
    now = datetime.now(UTC)
    path.write_text(
        "# Results of the last run\n\n"
        f"{now:%Y-%m-%d %H:%M} UTC. {size}.\n\n{machine(postgres)}\n\n"
        f"{table(results)}\n\n{notes(results)}\n"
    )
