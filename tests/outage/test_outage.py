"""PostgreSQL ends amid heavy work: the state before or after, never between.

`make test` gives the database to copy. The stop is an immediate one, as a power cut.
"""

import os
import re
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parents[1] / "data" / "CDNOW_sample.txt"
PURCHASES = 6_919
SHELL = ("shell", "-d", "outage", "--no-http")
REFRESH = "env['crm.warehouse.run']._refresh_now(); env.cr.commit()\n"
COUNT = (
    "[(rows,)] = env['crm.cube.purchase']._read_group([], [], ['__count'])\n"
    "print('the cube has', rows, 'rows')\n"
)

pytestmark = pytest.mark.skipif(
    not os.environ.get("OUTAGE_TEMPLATE"), reason="OUTAGE_TEMPLATE is not set"
)


def _kept(shop) -> list[tuple]:
    return shop.ask(
        "SELECT (SELECT count(*) FROM crm_purchase),"
        " (SELECT count(*) FROM res_partner),"
        " (SELECT count(*) FROM crm_source_record)"
    )


def _cube_rows(shop, script: str) -> list[int]:
    """What a shell that runs the script says about the cube's rows."""
    status, said = shop.finish(shop.start(*SHELL, script=script))
    assert status == 0, said
    return [int(rows) for rows in re.findall(r"the cube has (\d+) rows", said)]


def test_an_import_cut_off_leaves_nothing_and_goes_through_the_second_time(shop):
    before = _kept(shop)
    command = ("crm_import", "-d", "outage", "-m", "CDNOW-SAMPLE", str(FILE))
    child = shop.start(*command)
    shop.stop_when("INSERT INTO crm_purchase", child)
    status, said = shop.finish(child)
    assert status == 1
    assert "The connection to PostgreSQL was lost. Nothing of this file" in said
    assert "Traceback" not in said

    shop.cluster.start()
    assert _kept(shop) == before
    status, said = shop.finish(shop.start(*command))
    assert status == 0, said
    assert f"purchases: {PURCHASES} new, 0 changed, 0 as before" in said


def test_a_refresh_cut_off_leaves_the_snapshot_before_and_goes_through_later(shop):
    [before] = _cube_rows(shop, REFRESH + COUNT)
    shop.ask(
        "INSERT INTO crm_purchase (partner_id, company_id, date, amount, quantity,"
        " amount_company, currency_id, channel)"
        " SELECT partner_id, company_id, date, amount, quantity, amount_company,"
        " currency_id, channel FROM crm_purchase LIMIT 1000 RETURNING 1"
    )
    child = shop.start(*SHELL, script=REFRESH)
    shop.stop_when("^COPY", child)
    shop.finish(child)

    shop.cluster.start()
    assert _cube_rows(shop, COUNT + REFRESH + COUNT) == [before, before + 1000]
