"""One module per task: `run(bench)` returns results against the peers it names."""

import importlib

# the word on the command line, and its module; writes last: it builds its own databases
TASKS = {
    "pivot": "pivot",
    "scores": "scores",
    "segments": "segments",
    "import": "imports",
    "push": "push",
    "pull": "pull",
    "matching": "matching",
    "merges": "merges",
    "picture": "picture",
    "programmes": "programmes",
    "writes": "writes",
}


def run(name, bench):
    return importlib.import_module(f"benchmarks.tasks.{TASKS[name]}").run(bench)
