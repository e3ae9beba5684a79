"""Databases of the benchmark: made from templates, opened in this process, dropped."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql

from launch.database import dependencies
from launch.paths import OUR_ADDONS

ROOT = Path(__file__).resolve().parent.parent


def configure(data_dir: str) -> None:
    """Odoo's settings for a process that serves nobody."""
    from odoo.tools import config

    config.parse_config(
        ["-c", str(ROOT / "odoo.conf"), "--data-dir", data_dir]
        + ["--log-level", "error", "--max-cron-threads", "0", "--no-http"]
        + ["--addons-path", str(ROOT / "addons")],
        setup_logging=True,
    )


def admin(query: str, *names: str) -> list[tuple]:
    """A statement outside a transaction, with names quoted; its rows if it has any."""
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(query).format(*map(sql.Identifier, names)))
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def exists(name: str) -> bool:
    return any(name == row[0] for row in admin("SELECT datname FROM pg_database"))


def drop(name: str) -> None:
    """Remove a database of ours with its files and its warehouse."""
    from odoo.modules.registry import Registry
    from odoo.sql_db import close_db
    from odoo.tools import config

    Registry.delete(name)
    close_db(name)
    admin("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    for folder in ("filestore", "warehouse"):
        shutil.rmtree(Path(config["data_dir"]) / folder / name, ignore_errors=True)


def clone(template: str, name: str) -> None:
    """Copy a database with its files; the files are shared, as they never change.

    :raises ValueError: when the copy would replace its own template
    """
    from odoo.tools import config

    if name == template:
        raise ValueError(f"{name} is the template: choose another --prefix")
    drop(name)
    admin("CREATE DATABASE {} TEMPLATE {}", name, template)
    files = Path(config["data_dir"]) / "filestore"
    if (files / template).is_dir():
        shutil.copytree(files / template, files / name, copy_function=os.link)


def install(name: str, addons: str) -> None:
    """Install addons by Odoo's own command, in a process of its own.

    :raises RuntimeError: with the end of the log
    """
    from odoo.tools import config

    command = [os.sys.executable, str(ROOT / "launch" / "scripts" / "odoo_cli.py")]
    command += ["-c", str(ROOT / "odoo.conf"), "--data-dir", config["data_dir"]]
    command += ["-d", name, "-i", addons, "--stop-after-init", "--no-http"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"Installing {addons} failed:\n{done.stderr[-3000:]}")


def templates(plain: str | None, suite: str | None) -> tuple[str, str]:
    """Names of a database with what our addons need, and of one with our addons.

    Those not given are made: the first is kept for later runs, the second made anew
    each time, as the code may have changed.
    """
    if plain is None:
        plain = "bench_template_plain"
        if not exists(plain):
            print("Template with the addons that ours depend on (once, minutes)")
            unfinished = f"{plain}_unfinished"
            drop(unfinished)
            admin("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", unfinished)
            install(unfinished, ",".join(dependencies()))
            admin("ALTER DATABASE {} RENAME TO {}", unfinished, plain)
    if suite is None:
        suite = "bench_template_suite"
        print("Template with our addons")
        clone(plain, suite)
        install(suite, ",".join(OUR_ADDONS))
    return plain, suite


@contextmanager
def environment(name: str):
    """An Odoo environment of the administrator on the database; commits at the end."""
    from odoo import api
    from odoo.modules.registry import Registry

    with Registry(name).cursor() as cursor:
        env = api.Environment(cursor, 1, {"lang": "en_US", "tz": "Europe/Prague"})
        admin_user = env.ref("base.user_admin")
        env = env(user=admin_user.id)
        yield env(context={**env.context, "allowed_company_ids": env.company.ids})
