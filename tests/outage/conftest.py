"""A PostgreSQL of these tests' own, which they may stop at the worst moment."""

import os
import subprocess
import time

import psycopg2
import pytest

from launch import process
from launch.postgres import Cluster

TEMPLATE = os.environ.get("OUTAGE_TEMPLATE")
DATABASE = "outage"


class Shop:
    """The suite with its demo story on a PostgreSQL that can be stopped."""

    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self.folder = process.data_dir(cluster.home.name)

    def start(self, *arguments: str, script: str = "") -> subprocess.Popen:
        """Begin an Odoo command; `script` is what a shell is to do."""
        child = subprocess.Popen(
            process.command(self.cluster, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=process.environment(self.cluster),
            cwd=process.ROOT,
        )
        child.stdin.write(script)
        child.stdin.close()
        return child

    def finish(self, child: subprocess.Popen) -> tuple[int, str]:
        said = child.stdout.read()
        return child.wait(timeout=120), said

    def ask(self, query: str) -> list[tuple]:
        """Rows of a query, read on a connection of its own."""
        place = self.cluster.environment()
        connection = psycopg2.connect(
            dbname=DATABASE, host=place["PGHOST"], user=place["PGUSER"]
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()
        finally:
            connection.close()

    def doing(self) -> list[tuple]:
        return self.ask(
            "SELECT state, wait_event, pg_blocking_pids(pid), query"
            "  FROM pg_stat_activity WHERE datname = current_database()"
        )

    def stop_when(self, pattern: str, child: subprocess.Popen) -> None:
        """Cut PostgreSQL off as soon as some statement like this is under way."""
        under_way = (
            "SELECT 1 FROM pg_stat_activity WHERE state = 'active'"
            f" AND query ~ '{pattern}' AND pid <> pg_backend_pid()"
        )
        deadline = time.monotonic() + 60
        while not self.ask(under_way):
            assert child.poll() is None, f"too quick: {child.stdout.read()}"
            assert time.monotonic() < deadline, f"never got that far: {self.doing()}"
            time.sleep(0.01)
        self.cluster.stop("immediate")


@pytest.fixture(scope="session")
def shop():
    """A copy of the installed suite, moved to a cluster of its own.

    A durable one: what a sudden stop leaves behind is what is asked for here.
    """
    dump = subprocess.run(
        ["pg_dump", "--no-owner", TEMPLATE], capture_output=True, check=True
    ).stdout
    host = os.environ.pop("PGHOST")
    cluster = Cluster("outage")
    try:
        cluster.remove()
        cluster.start()
        environment = cluster.environment()
        subprocess.run(["createdb", DATABASE], env=environment, check=True)
        subprocess.run(
            ["psql", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", DATABASE],
            input=dump + b"\nANALYZE;\n",
            env=environment,
            check=True,
        )
        yield Shop(cluster)
    finally:
        cluster.remove()
        os.environ["PGHOST"] = host
