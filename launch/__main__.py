"""Commands of the Makefile: `python3 -m launch COMMAND`."""

import os
import shutil
import sys

from .console import Failure, say
from .paths import RUN


def run() -> None:
    """get everything, create the database, serve http://127.0.0.1:8069"""
    from . import python_env, server

    python_env.ensure("odoo", "suite")
    server.run()


def test() -> None:
    """get what the tests need and run everything"""
    from . import suite

    suite.test()


def lint() -> None:
    """ruff, pylint-odoo and the OCA checks"""
    from . import python_env, suite

    python_env.ensure("odoo", "suite", "test")
    suite.lint()


def stop() -> None:
    """end the server and its PostgreSQL; the data stay"""
    from . import server

    server.stop()


def clean() -> None:
    """stop and remove everything below .run, the database included"""
    from . import server
    from .postgres import Cluster

    if sys.stdin.isatty() and input(f"Remove {RUN} with its databases? [y/N] ") != "y":
        raise Failure("nothing was removed")
    server.stop()
    for name in ("test", "bench", "postgres"):
        Cluster(name).remove()
    shutil.rmtree(RUN, ignore_errors=True)


def shell() -> None:
    """Odoo's Python shell on the running database"""
    from . import server

    server.shell()


def bench() -> None:
    """measure the suite against its named peers; ARGS='--customers 1000000'"""
    from . import suite

    suite.bench(os.environ.get("ARGS", "").split())


def screenshots() -> None:
    """take the user guide's pictures from the running server"""
    from . import python_env, screens

    python_env.ensure("odoo", "suite", "test")
    screens.take()


def translations() -> None:
    """bring new texts into addons/*/i18n, to be translated there"""
    from . import suite

    suite.update_translations()


def load_history() -> None:
    """a shop's 69,659 real purchases -> scores and segments on the running server"""
    from . import history

    history.load()


COMMANDS = {
    "run": run,
    "test": test,
    "stop": stop,
    "clean": clean,
    "shell": shell,
    "lint": lint,
    "bench": bench,
    "screenshots": screenshots,
    "translations": translations,
    "load-history": load_history,
}


def help_text() -> str:
    rows = [f"  make {name:<14}{job.__doc__}" for name, job in COMMANDS.items()]
    return "\n".join(["Customer-relationship suite on Odoo 19", "", *rows])


def main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "help"
    if name not in COMMANDS:
        say(help_text())
        return 0 if name in {"help", "-h", "--help"} else 2
    try:
        COMMANDS[name]()
    except Failure as failure:
        say(f"\n{failure}")
        return 1
    except KeyboardInterrupt:
        say("\ninterrupted; the same command goes on where it stopped")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
