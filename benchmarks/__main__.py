"""`python -m benchmarks`: see README.md beside this file."""

import argparse
import sys
import time
import traceback
from pathlib import Path

from . import databases, measure, tasks
from .bench import Bench, NotThere

RESULTS = Path(__file__).with_name("results.md")


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--customers", type=int, default=100_000)
    add("--lines", type=int, default=1_000_000, help="purchase lines, all kinds")
    add("--interactions", type=int, help="as many as lines by default")
    add("--seed", type=int, default=1997)
    add("--only", action="append", choices=list(tasks.TASKS), help="may be repeated")
    add("--plain-template", help="database with the addons that ours depend on")
    add("--suite-template", help="database with our addons installed")
    add("--prefix", default="bench_", help="of the databases that are made")
    add("--data-dir", default=str(databases.ROOT / ".run" / "data" / "bench"))
    add("--keep", action="store_true", help="leave the databases for a look at them")
    add("--output", type=Path, default=RESULTS, help="file of the report")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Run the tasks; 1 when one could not be measured, so that a build notices."""
    options = arguments(argv)
    databases.configure(options.data_dir)
    plain, suite = databases.templates(options.plain_template, options.suite_template)
    bench = Bench(
        customers=options.customers,
        lines=options.lines,
        interactions=options.interactions or options.lines,
        seed=options.seed,
        prefix=options.prefix,
        plain_template=plain,
        suite_template=suite,
    )
    results, problems = [], []
    started = time.monotonic()
    try:
        for name in options.only or tasks.TASKS:
            print(f"\n== {name}", flush=True)
            try:
                results += tasks.run(name, bench)
            except NotThere as problem:
                problems.append(f"{name}: {problem}")
                print(f"not measured: {problem}", flush=True)
            except Exception as error:  # the other tasks' figures must not be lost
                traceback.print_exc()
                problems.append(f"{name}: {type(error).__name__}: {error}")
    finally:
        if not options.keep:
            bench.clean()
    [(postgres,)] = databases.admin("SHOW server_version")
    size = f"{bench.customers:,} customers, {bench.lines:,} purchase lines"
    size += f", {bench.interactions:,} interactions, seed {bench.seed}"
    measure.write(options.output, results, size, postgres.split()[0])
    print(
        f"\n{size}\n{measure.machine(postgres.split()[0])}\n\n{measure.table(results)}"
    )
    print(f"\n{measure.notes(results)}\n{(time.monotonic() - started) / 60:.1f} min")
    for problem in problems:
        print(f"NOT MEASURED {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
