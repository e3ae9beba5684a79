"""The client is tested from its sources, without Odoo and without installing it."""

import sys
from pathlib import Path

import pytest

SOURCES = str(Path(__file__).resolve().parents[1] / "src")
if SOURCES not in sys.path:
    sys.path.insert(0, SOURCES)
sys.path.append(str(Path(__file__).parent))


@pytest.fixture
def server():
    from pretended_server import PretendedServer

    with PretendedServer() as server:
        yield server


@pytest.fixture
def store(tmp_path):
    from crm_exchange_client import Store

    with Store(tmp_path / "erp.db") as store:
        yield store
