"""The command `crm-exchange`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from . import actions
from .errors import ClientError, Refused
from .exchange import Exchange
from .face import open_face
from .patience import Patience
from .progress import Line, silent
from .settings import load
from .store import Store

# exit codes: 1 what was done shows something a person must look at, 2 nothing was done
LOOK, FAILED, INTERRUPTED = 1, 2, 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="crm-exchange", description=__package__)
    top.description = "Keep a copy of a CRM's records, and send yours, without loss."
    top.add_argument("--config", default="", help="file of settings, crm-exchange.ini")
    top.add_argument("--store", default="", help="SQLite file, crm-exchange.db")
    top.add_argument("--quiet", action="store_true", help="no progress")
    top.add_argument("--patience", type=float, default=300, help="seconds of retries")
    commands = top.add_subparsers(dest="command", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(action=getattr(actions, name))
        return command

    add("hello", "who you are to the CRM and what you may do")
    add("schema", "the fields of an entity").add_argument("entity")
    pull = add("pull", "bring the copy up to date")
    pull.add_argument("entity", nargs="+")
    pull.add_argument("--csv", default="", metavar="FOLDER", help="also as CSV files")
    pull.add_argument("--anew", action="store_true", help="load everything again")
    push = add("push", "send what is new in a CSV file, and what still waits")
    push.add_argument("entity", nargs="?", default="")
    push.add_argument("file", nargs="?", default="")
    push.add_argument("--key", default="key", help="column with your own key")
    for command in (
        push,
        add("sync", "send what waits, then bring the copy up to date"),
    ):
        policies = ("reject", "merge3", "source_priority")
        command.add_argument("--on-conflict", default="", choices=policies)
    push.add_argument(
        "--dry-run", action="store_true", help="only ask what would happen"
    )
    command.add_argument("entity", nargs="+")
    command.add_argument(
        "--csv", default="", metavar="FOLDER", help="also as CSV files"
    )
    get = add("get", "single records by your key, or by ours as id:7")
    get.add_argument("entity")
    get.add_argument("key", nargs="+")
    verify = add("verify", "prove that the copy is equal, or list the differences")
    verify.add_argument("entity", nargs="+")
    add("status", "how far the copy is and what waits")
    add("problems", "refused rows and conflicts, with their reasons")
    again = add("again", "send a refused row once more")
    again.add_argument("row", type=int)
    again.add_argument("--force", action="store_true", help="your values win")
    add("drop", "give a refused row up").add_argument("row", type=int)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    line = None if options.quiet else Line()
    try:
        settings, warnings = load(options.config)
        for warning in warnings:
            print(f"warning: {warning}", file=sys.stderr)
        face = open_face(settings.login, settings.face, insecure=settings.insecure)
        patience = Patience(total=options.patience)
        store = Store(options.store or settings.store)
        with store, Exchange(face, patience) as exchange:
            fine = options.action(exchange, store, options, line or silent)
            return 0 if fine else LOOK
    except KeyboardInterrupt:
        print("\ninterrupted; the next run goes on from here", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `crm-exchange ... | head`
        sys.stderr.close()
        return 0
    except (ClientError, OSError) as error:
        print(f"error: {error}{_remedy(error)}", file=sys.stderr)
        return FAILED
    finally:
        if line:
            line.end()


def _remedy(error: Exception) -> str:
    if not isinstance(error, Refused):
        return ""
    remedies = {
        "out_of_scope": "\nAsk the CRM's operator to widen your scope.",
        "client_expired": "\nAsk the CRM's operator for a new date.",
        "client_inactive": "\nThe CRM's operator has switched you off.",
    }
    return remedies.get(error.code, "")


if __name__ == "__main__":
    sys.exit(main())
