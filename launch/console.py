"""What the person at the terminal sees: a line per step, a remedy on failure."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path


class Failure(Exception):
    """A step that cannot go on; its text says in one line what to do."""


def say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def step(title: str):
    """Announce a step and print the seconds it took."""
    print(f"  {title} ...", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - started:.0f} s", flush=True)


def run(
    command, *, log: Path | None = None, remedy: str = "", check: bool = True, **kwargs
) -> subprocess.CompletedProcess:
    """Run a command; on failure show its last lines and the remedy.

    :param log: file that receives the whole output, otherwise it is kept in memory.
    :raises Failure: when the command ends with an error and `check` is true.
    """
    command = [str(part) for part in command]
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    try:
        result = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **kwargs,
        )
    except OSError as error:
        raise Failure(f"cannot start {command[0]}: {error}. {remedy}") from error
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(result.stdout)
    if check and result.returncode:
        tail = "\n".join(result.stdout.splitlines()[-15:])
        where = f" The whole output is in {log}." if log else ""
        raise Failure(
            f"{tail}\n{Path(command[0]).name} ended with {result.returncode}."
            f"{where} {remedy}"
        )
    return result


def which(name: str) -> str | None:
    """Find a program, also in the system folders that an ordinary PATH leaves out."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(name, path=f"{path}:/usr/sbin:/sbin:/usr/local/bin:/usr/bin")


def progress_of(process: subprocess.Popen, title: str, log: Path) -> int:
    """Wait for a long process and show on one line what its log says last."""
    started, shown = time.monotonic(), ""
    while process.poll() is None:
        time.sleep(2)
        lines = (
            log.read_text(errors="replace").splitlines()[-1:] if log.exists() else []
        )
        last = lines[0].split(": ", 1)[-1][:70] if lines else ""
        if sys.stdout.isatty() and last != shown:
            print(
                f"\r\033[K  {title} ({time.monotonic() - started:.0f} s) {last}", end=""
            )
            shown = last
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    say(f"  {title} ... {time.monotonic() - started:.0f} s")
    return process.returncode
