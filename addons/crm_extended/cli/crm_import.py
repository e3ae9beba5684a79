# pylint: disable=print-used  # a command answers on its terminal, not in the log
import argparse
import sys
from pathlib import Path

import psycopg2

import odoo.cli
from odoo import SUPERUSER_ID, api
from odoo.fields import Domain
from odoo.modules.registry import Registry
from odoo.tools import config


class CrmImport(odoo.cli.Command):
    """Import a file of customers and purchases through a saved mapping."""

    name = "crm_import"

    def run(self, args):
        """Print progress and counts; the exit code is 0 when the import is done."""
        options = self._parse(args)
        server = ["--no-http", "-d", options.database]
        if options.config:
            server += ["-c", options.config]
        if options.data_dir:
            server += ["--data-dir", options.data_dir]
        config.parse_config(server, setup_logging=True)
        self._check_file(options.file)
        try:
            with Registry(options.database).cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                self._check_addon(env, options.database)
                done = self._import(env, options)
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            # refused before a connection, which psycopg2 tells in words only
            if f'database "{options.database}" does not exist' in str(error):
                sys.exit(f"No such database: {options.database}")
            # what broke the connection is in PostgreSQL's log, not in ours
            sys.exit(
                "The connection to PostgreSQL was lost. Nothing of this file was "
                "imported. Start PostgreSQL and give the same command again."
            )
        sys.exit(0 if done else 1)

    def _check_file(self, path):
        if path.is_dir():
            sys.exit(f"{path} is a folder; name a file in it")
        if not path.is_file():
            sys.exit(f"No such file: {path}")

    def _check_addon(self, env, database):
        if "crm.import" not in env:
            sys.exit(f"crm_extended is not installed in the database {database}")

    def _parse(self, args):
        parser = self.parser
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("-c", "--config", help="configuration file of the server")
        parser.add_argument("-d", "--database", required=True)
        parser.add_argument("-D", "--data-dir")
        parser.add_argument(
            "-m", "--mapping", required=True, help="code of the mapping"
        )
        parser.add_argument(
            "-u", "--user", default="admin", help="login of the user who imports"
        )
        parser.add_argument(
            "--company", help="name of the mapping's company, where several have it"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="do everything, then undo it"
        )
        return parser.parse_args(args)

    def _import(self, env, options):
        user = env["res.users"].search([("login", "=", options.user)])
        if not user:
            sys.exit(f"No user has the login {options.user}")
        env = env(user=user, context={"allowed_company_ids": user.company_ids.ids})
        named = Domain("code", "=", options.mapping)
        if options.company:
            named &= Domain("company_id.name", "=", options.company)
        mapping = env["crm.import.mapping"].search(named)
        if len(mapping) > 1:
            sys.exit(
                f"{len(mapping)} companies have a mapping {options.mapping}: choose "
                f"one with --company: {', '.join(mapping.mapped('company_id.name'))}"
            )
        if not mapping:
            known = env["crm.import.mapping"].search([("code", "!=", False)])
            sys.exit(
                f"No mapping has the code {options.mapping}; "
                f"known codes: {', '.join(known.mapped('code')) or 'none'}"
            )
        run = env["crm.import"]._run_file(
            mapping, options.file.resolve(), options.dry_run, self._show_progress
        )
        self._show_progress(100.0, "")
        print(file=sys.stderr)
        print(f"{run.state}: {run.row_count} rows in {run.seconds:.1f} s")
        for name in ("customer", "purchase"):
            new, changed, same = (
                run[f"{name}_{outcome}"]
                for outcome in ("created", "updated", "unchanged")
            )
            print(f"{name}s: {new} new, {changed} changed, {same} as before")
        print(f"rows with problems: {run.error_count}")
        if run.error:
            print(run.error)
        return run.state == "done"

    def _show_progress(self, percent, text):
        if sys.stderr.isatty():
            print(f"\r{percent:5.1f}% {text or '':<60}", end="", file=sys.stderr)
