"""What `make test` runs: lint, pure tests, Odoo tests with tours, addons' lives."""

import os
import shutil
import subprocess
import time
import zipfile

from . import browser, database, process, python_env
from .console import Failure, run, say, step, which
from .paths import ADDONS, LOGS, OUR_ADDONS, PYTHON, ROOT, RUN, VENV
from .postgres import Cluster

TEST_DATABASE = "suite_test"


def test() -> None:
    """Run everything; the first kind of failure does not hide the others."""
    started = time.monotonic()
    python_env.ensure("odoo", "suite", "test")
    browser_environment = browser.ensure()
    cluster = Cluster("test", durable=False)
    cluster.start()
    try:
        demo, plain = (database.template(cluster, demo=kind) for kind in (True, False))
        life = _start_lives(cluster, plain, demo)
        stages = {
            "lint": lint,
            "pure tests": pure_tests,
            "wheels": wheels,
            "installation": lambda: _install(cluster, demo),
            "translations": lambda: translations(cluster, "check"),
            "Odoo tests": lambda: _odoo_tests(cluster, browser_environment),
            "benchmarks on a small shop": lambda: _bench_tests(cluster, plain),
            "PostgreSQL stopped in the middle": lambda: _outage_tests(cluster),
            "lives of the addons": lambda: _end_lives(life),
        }
        failed = [name for name, stage in stages.items() if not _passes(name, stage)]
        if life.poll() is None:
            life.kill()
    finally:
        cluster.stop("immediate")
    minutes = (time.monotonic() - started) / 60
    if failed:
        raise Failure(f"Failed after {minutes:.1f} min: {', '.join(failed)}")
    say(f"\nEverything passed in {minutes:.1f} min")


def _passes(name: str, stage) -> bool:
    say(f"\n== {name}")
    try:
        stage()
    except Failure as failure:
        say(str(failure))
        say(f"== {name}: FAILED")
        return False
    return True


def lint() -> None:
    """ruff, pylint-odoo and the OCA checks over our own code."""
    tools = VENV / "bin"
    code = ["addons", "launch", "tests", "benchmarks", "clients"]
    code = [name for name in code if (ROOT / name).exists()]
    addons = [f"addons/{name}" for name in OUR_ADDONS]
    checks = {
        "ruff check": [tools / "ruff", "check", *code],
        "ruff format": [tools / "ruff", "format", "--check", *code],
        "pylint-odoo": [PYTHON, "-m", "pylint", *addons],
        "oca-checks-odoo-module": [tools / "oca-checks-odoo-module", *addons],
    }
    if compose := _compose():
        checks["docker compose config"] = [*compose, "config", "--quiet"]
    secrets = {"DB_PASSWORD": "-", "ADMIN_PASSWORD": "-"}
    failures = []
    for title, command in checks.items():
        with step(title):
            result = run(command, cwd=ROOT, check=False, env={**os.environ, **secrets})
        if result.returncode:
            failures.append(f"{title}:\n{result.stdout[-6000:]}")
    if failures:
        raise Failure("\n".join(failures))


def _compose() -> list[str] | None:
    """The Compose client, where the machine has one of version 2."""
    for command in (["docker", "compose"], ["docker-compose"]):
        try:
            found = run([*command, "version", "--short"], check=False)
        except Failure:
            continue
        if found.stdout.strip().removeprefix("v").startswith(("2", "5")):
            return command
    return None


def pure_tests() -> None:
    """Tests of the ORM-free packages and of the client; seconds, no database."""
    _pytest("-p", "no:odoo", "-q", "tests/pure", "clients/python/tests")


def wheels() -> None:
    """Each addon builds as a wheel that holds all its files and names its needs."""
    folder = RUN / "wheels"
    shutil.rmtree(folder, ignore_errors=True)
    for name in OUR_ADDONS:
        with step(f"Wheel of {name}"):
            python_env.build_wheel(ADDONS / name, folder)
        (wheel,) = folder.glob(f"odoo_addon_{name}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            packed = set(archive.namelist())
        missing = [path for path in _files(name) if f"odoo/{path}" not in packed]
        if missing:
            raise Failure(f"{wheel.name} lacks {', '.join(sorted(missing)[:10])}")


def _files(addon: str) -> list[str]:
    """What belongs to an addon; a file new to git is left out of its wheel, too."""
    listing = ["git", "ls-files", f"addons/{addon}"]
    listed = run(listing, cwd=ROOT, check=False).stdout if which("git") else ""
    files = listed.splitlines() or [
        str(path.relative_to(ROOT))
        for path in (ADDONS / addon).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return [path for path in files if not path.endswith("/pyproject.toml")]


def _install(cluster: Cluster, template: str) -> None:
    """Our addons with demo data into a fresh clone: silent log, complete demo data."""
    database.clone(cluster, template, TEST_DATABASE)
    log = process.call(
        cluster,
        "Installing the addons with demo data",
        "install-suite",
        *("-d", TEST_DATABASE, "-i", ",".join(OUR_ADDONS), "--with-demo"),
        *("--stop-after-init", "--no-http"),
    )
    problems = process.complaints(log)
    if failures := database.demo_failures(cluster, TEST_DATABASE):
        problems.append(f"demo data: {failures}")
    if problems:
        raise Failure("\n".join(problems[:30]))
    with step("Asset bundles"):
        run(
            process.command(cluster, "shell", "-d", TEST_DATABASE, "--no-http"),
            env=process.environment(cluster),
            input="env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()",
            stdin=None,
            cwd=ROOT,
        )


def translations(cluster: Cluster, mode: str) -> None:
    """Every text of the addons in every language; `update` brings new texts in."""
    templates = []
    for name in OUR_ADDONS:
        template = LOGS / f"{name}.pot"
        options = ["-c", process.CONFIG, "-d", TEST_DATABASE, "-o", template, name]
        run(
            [PYTHON, process.CLI, "i18n", "export", *options],
            env=process.environment(cluster),
            cwd=ROOT,
        )
        templates.append(f"{name}={template}")
    script = ROOT / "launch" / "scripts" / "translations.py"
    run(
        [PYTHON, script, mode, *templates],
        remedy="`make translations`, then fill in what is empty in addons/*/i18n.",
    )


def update_translations() -> None:
    """Bring the texts of the addons as they are now into their po files."""
    python_env.ensure("odoo", "suite", "test")
    cluster = Cluster("test", durable=False)
    cluster.start()
    try:
        _install(cluster, database.template(cluster, demo=True))
        translations(cluster, "update")
    finally:
        cluster.stop("immediate")


def _odoo_tests(cluster: Cluster, browser_environment: dict[str, str]) -> None:
    """Unit, security, performance tests and browser tours under pytest-odoo."""
    config = LOGS.parent / "odoo-test.conf"
    config.write_text(
        f"[options]\naddons_path = {ADDONS}\n"
        f"data_dir = {process.data_dir(cluster.home.name)}\n"
        "http_interface = 127.0.0.1\nserver_wide_modules = base,rpc,web,queue_job\n"
        "list_db = False\nlog_level = warn\n"
        # virtual memory: the whole suite in one process outgrows Odoo's default
        "limit_memory_soft = 0\nlimit_memory_hard = 0\n"
    )
    _pytest(
        *("-q", f"--odoo-config={config}", f"--odoo-database={TEST_DATABASE}"),
        *("--odoo-http", *(f"addons/{name}" for name in OUR_ADDONS)),
        environment={**process.environment(cluster), **browser_environment},
    )


def _bench_tests(cluster: Cluster, plain: str) -> None:
    """The harness measures every task; its figures on a small shop mean nothing."""
    templates = {"BENCH_PLAIN_TEMPLATE": plain, "BENCH_SUITE_TEMPLATE": TEST_DATABASE}
    templates["BENCH_DATA_DIR"] = str(process.data_dir(cluster.home.name))
    _pytest(
        *("-p", "no:odoo", "-q", "tests/bench"),
        environment={**process.environment(cluster), **templates},
    )


def _outage_tests(cluster: Cluster) -> None:
    """Heavy work cut off by its database, on a cluster that only these tests use."""
    _pytest(
        *("-p", "no:odoo", "-q", "tests/outage"),
        environment={
            **process.environment(cluster),
            "OUTAGE_TEMPLATE": TEST_DATABASE,
        },
    )


def _pytest(*arguments: str, environment: dict[str, str] | None = None) -> None:
    """Run pytest with its output on the terminal; no test found counts as a failure."""
    result = subprocess.run(
        [PYTHON, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=environment or dict(os.environ),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if result.returncode:
        raise Failure(f"pytest ended with {result.returncode}")


def _start_lives(cluster: Cluster, plain: str, demo: str) -> subprocess.Popen:
    """Install, upgrade, uninstall, reinstall in every order, beside the other tests."""
    log = (LOGS / "lives.log").open("w")
    options = process.command(cluster, "-d", f"{plain},{demo}", "--no-http")[2:]
    return subprocess.Popen(
        [PYTHON, ROOT / "launch" / "scripts" / "lifecycle.py", *options],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=process.environment(cluster),
        cwd=ROOT,
    )


def _end_lives(life: subprocess.Popen) -> None:
    log = LOGS / "lives.log"
    with step("Waiting for the last order"):
        status = life.wait()
    lines = log.read_text(errors="replace").splitlines()
    verdicts = [line for line in lines if line.startswith("lifecycle ")]
    say("\n".join(verdicts))
    if problems := process.complaints(log):
        raise Failure("\n".join(problems[:30]))
    if status:
        tail = "\n".join(lines[-25:])
        raise Failure(f"{tail}\nlifecycle ended with {status}; see {log}")
    say(lines[-1])


def bench(arguments: list[str]) -> None:
    """Build the database of stated size and print ratios against named peers."""
    python_env.ensure("odoo", "suite", "test")
    cluster = Cluster("bench")
    cluster.start()
    result = subprocess.run(
        [PYTHON, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env=process.environment(cluster),
        check=False,
    )
    if result.returncode:
        raise Failure("the benchmark did not finish")
