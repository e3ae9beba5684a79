"""Databases: made once as a template, cloned in a second, switched when complete."""

import ast
import hashlib
import shutil
import subprocess
from pathlib import Path

from . import process
from .console import Failure, run
from .paths import ADDONS, OUR_ADDONS, PYTHON, ROOT
from .postgres import Cluster


def sql(cluster: Cluster, query: str, database: str = "postgres") -> str:
    """Rows of a query as psql prints them, unaligned."""
    result = run(
        [PYTHON, ROOT / "launch" / "scripts" / "sql.py", database, query],
        env=cluster.environment(),
        remedy="Is PostgreSQL reachable?",
    )
    return result.stdout.strip()


def exists(cluster: Cluster, name: str) -> bool:
    return bool(sql(cluster, f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def drop(cluster: Cluster, *names: str) -> None:
    for name in names:
        sql(cluster, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        for folder in _folders(cluster, name):
            shutil.rmtree(folder, ignore_errors=True)


def clone(cluster: Cluster, source: str, name: str) -> None:
    """Copy a database with its files; the files are shared until one changes."""
    drop(cluster, name)
    sql(cluster, f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    for old, new in zip(
        _folders(cluster, source), _folders(cluster, name), strict=True
    ):
        if old.exists():
            subprocess.run(["cp", "-al", old, new], check=True)


def rename(cluster: Cluster, old: str, new: str) -> None:
    sql(cluster, f'ALTER DATABASE "{old}" RENAME TO "{new}"')
    for folder, target in zip(
        _folders(cluster, old), _folders(cluster, new), strict=True
    ):
        if folder.exists():
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)


def create(cluster: Cluster, name: str, addons: str, *, demo: bool, title: str) -> None:
    """Install addons into a new database, which gets its name only when complete.

    An interruption thus leaves no half database: the next call starts it again.
    """
    unfinished = f"{name}_unfinished"
    drop(cluster, unfinished)
    sql(cluster, f"CREATE DATABASE \"{unfinished}\" TEMPLATE template0 ENCODING 'UTF8'")
    options = ["-d", unfinished, "-i", addons, "--stop-after-init", "--no-http"]
    options += ["--with-demo"] if demo else []
    process.call(cluster, title, f"install-{name}", *options)
    rename(cluster, unfinished, name)


def dependencies() -> list[str]:
    """Addons ours depend on, straight from the manifests."""
    names: set[str] = set()
    for addon in OUR_ADDONS:
        manifest = ast.literal_eval((ADDONS / addon / "__manifest__.py").read_text())
        names.update(manifest["depends"])
    return sorted(names - set(OUR_ADDONS))


def template(cluster: Cluster, *, demo: bool) -> str:
    """A database with everything ours depend on; made once per set of dependencies."""
    files = sorted((ROOT / "requirements").glob("[os]*.txt"))
    pins = "".join(file.read_text() for file in files if file.stem != "overrides")
    key = hashlib.sha256(f"{pins}{dependencies()}{demo}".encode()).hexdigest()[:8]
    name = f"template_{'demo' if demo else 'plain'}_{key}"
    if not exists(cluster, name):
        kind = "with demo data" if demo else "without demo data"
        create(
            cluster,
            name,
            ",".join(dependencies()),
            demo=demo,
            title=f"Template database {kind}",
        )
    return name


def addons_hash() -> str:
    """Fingerprint of our addons: a change of any file calls for an upgrade."""
    digest = hashlib.sha256()
    for addon in OUR_ADDONS:
        for file in sorted((ADDONS / addon).rglob("*")):
            if file.is_file() and file.suffix in {".py", ".xml", ".csv", ".po"}:
                if "tests" not in file.parts:
                    digest.update(str(file.relative_to(ADDONS)).encode())
                    digest.update(file.read_bytes())
    return digest.hexdigest()


def demo_failures(cluster: Cluster, name: str) -> str:
    """What of the demo data could not be loaded; empty when all is well."""
    query = (
        "SELECT string_agg(m.name || ': ' || f.error, '; ') FROM ir_demo_failure f "
        "JOIN ir_module_module m ON m.id = f.module_id"
    )
    try:
        return sql(cluster, query, name)
    except Failure as failure:
        if "does not exist" in str(failure):
            return ""
        raise


def _folders(cluster: Cluster, name: str) -> list[Path]:
    """What belongs to a database outside PostgreSQL: its files and its warehouse."""
    data = process.data_dir(cluster.home.name)
    return [data / kind / name for kind in ("filestore", "warehouse")]
