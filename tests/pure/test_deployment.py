"""What a production start relies on: options Odoo knows, files that lie where said."""

import configparser
import re
from pathlib import Path

import pytest

from odoo.tools.config import configmanager

ROOT = Path(__file__).parents[2]
CONFIGS = [
    ROOT / "odoo.conf",
    ROOT / "docker" / "odoo.conf",
    ROOT / "docker" / "jobs.conf",
]


def options(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read(path)
    return dict(parser["options"])


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_option_is_one_that_odoo_knows(path):
    known = set(configmanager()._default_options)
    assert set(options(path)) <= known


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: str(p.relative_to(ROOT)))
def test_partners_can_call_over_xmlrpc_and_nobody_sees_the_database_manager(path):
    found = options(path)
    assert "rpc" in found["server_wide_modules"].split(",")
    assert found["list_db"] == "False"


def test_jobs_are_run_by_the_runner_and_not_by_the_web_workers():
    web, jobs = (options(ROOT / "docker" / f"{n}.conf") for n in ("odoo", "jobs"))
    assert "queue_job" in jobs["server_wide_modules"]
    assert "queue_job" not in web["server_wide_modules"]
    assert float(jobs["limit_time_real"]) > float(web["limit_time_real"])


def test_files_that_the_image_copies_exist():
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    sources = re.findall(r"^COPY (\S+) \S+$", dockerfile, re.M)
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source


def test_the_image_installs_the_same_library_versions_as_the_checkout():
    """One file of pins serves both, so what was tested is what is shipped."""
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    assert "requirements/suite.txt" in dockerfile


def test_no_secret_has_a_default():
    compose = (ROOT / "docker-compose.yml").read_text()
    assert "environment: DB_PASSWORD" in compose
    assert "environment: ADMIN_PASSWORD" in compose
    assert not re.search(r"PASSWORD:\s*\w", compose)
