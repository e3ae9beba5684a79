"""Installs, upgrades, uninstalls and reinstalls the addons in every order.

`lifecycle.py ODOO-OPTIONS... -d PLAIN,DEMO`: two databases with the dependencies only,
cloned for each order; every order lives without demo data, one of them with. After the
last uninstall the database must have the tables, columns, constraints, triggers,
functions, views, parameters, jobs and names of records that it had before. Prints a
line per order and ends with an error at the first trace.
"""

import itertools
import sys
import time

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

OUR_ADDONS = ("crm_extended", "crm_analytics", "crm_contact_center")

# What a database is made of, one name per line.
INVENTORY = """
SELECT 'table ' || relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
UNION ALL
SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns
 WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || '.' || conname FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger ' || tgrelid::regclass || '.' || tgname FROM pg_trigger
 WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'parameter ' || key FROM ir_config_parameter
UNION ALL
SELECT 'model ' || model FROM ir_model
UNION ALL
SELECT 'field ' || model || '.' || name FROM ir_model_fields
UNION ALL
SELECT 'cron ' || cron_name FROM ir_cron
UNION ALL
SELECT 'menu ' || id FROM ir_ui_menu
UNION ALL
SELECT 'group ' || id FROM res_groups
UNION ALL
SELECT 'attachment ' || id || ' ' || name FROM ir_attachment
 WHERE url IS NULL OR url NOT LIKE '/web/assets/%%'
UNION ALL
SELECT 'xmlid ' || module || '.' || name FROM ir_model_data
 WHERE module = ANY(%s)
"""

# Models of the addons that people leave traces of: jobs, favourites, progress.
USED = {
    "crm_extended": ("crm.segment.run", "crm.interaction"),
    "crm_analytics": ("crm.warehouse.run", "crm.cube.purchase"),
    "crm_contact_center": ("crm.work.item",),
}
# Rows of other addons' tables that name a model which does not exist.
DANGLING = """
SELECT kind || ' of ' || model FROM (
    SELECT 'job', model_name FROM queue_job
     UNION SELECT 'favourite', model_id FROM ir_filters
     UNION SELECT 'export', resource FROM ir_exports {progress}
) AS named (kind, model)
 WHERE model IS NOT NULL AND model NOT IN (SELECT model FROM ir_model)
"""


def use(database: str, name: str) -> None:
    """Leave a job, a favourite and progress of an addon's models, as its users do."""
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        for model in USED[name]:
            env[model].browse(1).with_delay(eta=86400).exists()
            env["ir.filters"].create({"name": f"Mine {model}", "model_id": model})
            cr.execute(
                "INSERT INTO crm_run_progress (res_model, res_id) VALUES (%s, 0)"
                " ON CONFLICT DO NOTHING",
                [model],
            )


def dangling(database: str) -> list[str]:
    with psycopg2.connect(dbname=database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('crm_run_progress')")
        progress = "UNION SELECT 'progress', res_model FROM crm_run_progress"
        cursor.execute(
            DANGLING.format(progress=progress if cursor.fetchone()[0] else "")
        )
        return sorted(row[0] for row in cursor.fetchall())


def inventory(database: str) -> set[str]:
    with psycopg2.connect(dbname=database) as connection, connection.cursor() as cursor:
        cursor.execute(INVENTORY, [list(OUR_ADDONS)])
        return {row[0] for row in cursor.fetchall()}


def apply(database: str, verb: str, names: tuple[str, ...]) -> None:
    """Press Install, Upgrade or Uninstall on addons, as a person would in Apps."""
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        modules = env["ir.module.module"].search([("name", "in", names)])
        getattr(modules, f"button_immediate_{verb}")()


def installed(database: str) -> set[str]:
    with psycopg2.connect(dbname=database) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM ir_module_module"
            " WHERE state = 'installed' AND name = ANY(%s)",
            [list(OUR_ADDONS)],
        )
        return {row[0] for row in cursor.fetchall()}


def clone(source: str, name: str) -> None:
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if source:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    connection.close()


def live(source: str, order: tuple[str, ...]) -> list[str]:
    """One life of the addons: in by `order`, up, out by `order`; returns traces."""
    database = f"{source}_life"
    clone(source, database)
    with psycopg2.connect(dbname=database) as connection, connection.cursor() as cursor:
        # Odoo locks the table without waiting and would meet the vacuum of a new copy
        cursor.execute("ALTER TABLE ir_module_module SET (autovacuum_enabled = off)")
    connection.close()
    try:
        before = inventory(database)
        for name in order:
            apply(database, "install", (name,))
        grown = inventory(database)
        apply(database, "upgrade", ("crm_extended",))
        problems = [f"upgrade lost {name}" for name in grown - inventory(database)]
        for name in order:
            use(database, name)
        for name in order:
            if name in installed(database):
                apply(database, "uninstall", (name,))
                problems += [
                    f"uninstall of {name} left {t}" for t in dangling(database)
                ]
        left = inventory(database) - before
        problems += [f"uninstall left {name}" for name in sorted(left)]
        problems += [
            f"uninstall took {n}" for n in sorted(before - inventory(database))
        ]
        apply(database, "install", OUR_ADDONS)
        if missing := grown - inventory(database):
            # their ids are new at a second birth, and in a sequence's name
            named = ("menu ", "group ", "attachment ", "table ir_sequence_")
            problems += [
                f"reinstall lacks {n}" for n in missing if not n.startswith(named)
            ]
        return problems
    finally:
        Registry.delete(database)
        from odoo.sql_db import close_db

        close_db(database)
        clone("", database)


def main() -> int:
    config.parse_config(sys.argv[1:], setup_logging=True)
    plain, demo = config["db_name"]
    orders = list(itertools.permutations(OUR_ADDONS))
    lives = [(plain, order) for order in orders] + [(demo, orders[0])]
    for source, order in lives:
        started = time.monotonic()
        problems = live(source, order)
        verdict = "; ".join(problems[:20]) or "ok"
        kind = ", with demo data" if source == demo else ""
        print(
            f"lifecycle {' > '.join(order)}{kind}: {verdict} "
            f"({time.monotonic() - started:.0f} s)",
            flush=True,
        )
        if problems:
            return 1
    print(f"{len(lives)} passed, 0 failed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
