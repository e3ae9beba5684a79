"""The engine that Splink works on: DuckDB in this process, or Spark when asked for."""

import logging
import os
from contextlib import contextmanager

ENGINES = ("duckdb", "spark")


PINS = {"pyspark": "-r requirements/spark.txt"}  # of the repository; optional


class EngineMissing(Exception):
    """A library is not installed; `package` says which, `install` what pip is told."""

    def __init__(self, package: str):
        super().__init__(package)
        self.package = package
        self.install = PINS.get(package, package)


def require(engine: str = "duckdb") -> None:
    """:raises EngineMissing: when Splink or its engine is not installed"""
    names = ["splink", "duckdb"] + (["pyspark"] if engine == "spark" else [])
    for name in names:
        try:
            __import__(name)
        except ImportError as error:
            raise EngineMissing(name) from error
    logging.getLogger("splink").setLevel(logging.ERROR)


@contextmanager
def opened(engine: str, folder: str, memory_mb: int = 2048, threads: int | None = None):
    """A `Store` that ends with the block.

    :param folder: for what does not fit in memory
    """
    require(engine)
    store = _Spark(folder) if engine == "spark" else _Duck(folder, memory_mb, threads)
    try:
        yield store
    finally:
        store.close()


class _Duck:
    jaro, damerau = "jaro_winkler_similarity", "damerau_levenshtein"
    name = "duckdb"

    def __init__(self, folder, memory_mb, threads):
        import duckdb
        from splink import DuckDBAPI

        self.connection = duckdb.connect(
            config={
                "threads": threads or os.cpu_count() or 1,
                "memory_limit": f"{memory_mb}MB",
                "temp_directory": folder,
                "autoinstall_known_extensions": False,
                "preserve_insertion_order": False,
            }
        )
        self.connection.execute("SET enable_progress_bar = false")
        self.api = DuckDBAPI(self.connection)

    def read(self, path: str, columns: dict[str, str]):  # pylint: disable=method-required-super
        """A CSV file without header, as a table Splink can link."""
        types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
        self.connection.execute(
            f"CREATE OR REPLACE TABLE customers AS SELECT * FROM read_csv(?, "
            f"header=false, quote='\"', escape='\"', delim=',', nullstr='', "
            f"auto_detect=false, strict_mode=true, columns={{{types}}})",
            [path],
        )
        return self.api.register(self.connection.table("customers"))

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def bars(self, rows: list[dict[str, str]]) -> str:
        """SQL of a JSON list of objects, from SQL expressions by key."""
        objects = (
            "{" + ", ".join(f"'{key}': {value}" for key, value in row.items()) + "}"
            for row in rows
        )
        return f"to_json([{', '.join(objects)}])"

    def export(self, sql: str, path: str) -> None:
        """The rows of a query as CSV without header."""
        self.connection.execute(f"COPY ({sql}) TO '{path}' (HEADER false)")

    def close(self):
        self.connection.close()


class _Spark:
    """Beyond one machine. The cluster is what SPARK_MASTER, spark-defaults say."""

    jaro, damerau = "jaro_winkler", "damerau_levenshtein"
    name = "spark"

    def __init__(self, folder):
        from pyspark.sql import SparkSession
        from splink import SparkAPI
        from splink.backends.spark import similarity_jar_location

        self.session = (
            SparkSession.builder.appName("crm matching")
            .config("spark.jars", similarity_jar_location())
            .config("spark.ui.enabled", "false")
            .config("spark.sql.ansi.enabled", "true")  # "name" is a column here, too
            .config("spark.sql.ansi.doubleQuotedIdentifiers", "true")
            .getOrCreate()
        )
        self.session.sparkContext.setCheckpointDir(folder)
        self.api = SparkAPI(spark_session=self.session)

    def read(self, path, columns):  # pylint: disable=method-required-super
        # Spark's VARCHAR wants a length, and is a text anyway
        schema = ", ".join(
            f"`{name}` {kind.replace('VARCHAR', 'STRING')}"
            for name, kind in columns.items()
        )
        frame = self.session.read.csv(path, schema=schema, quote='"', escape='"')
        frame.createOrReplaceTempView("customers")
        return self.api.register(frame)

    def rows(self, sql):
        return [tuple(row) for row in self.session.sql(sql).collect()]

    def bars(self, rows):
        objects = (
            "named_struct("
            + ", ".join(f"'{key}', {value}" for key, value in row.items())
            + ")"
            for row in rows
        )
        return f"to_json(array({', '.join(objects)}))"

    def export(self, sql, path):
        frame = self.session.sql(sql).toPandas()
        frame.to_csv(path, header=False, index=False)

    def close(self):
        self.session.stop()
