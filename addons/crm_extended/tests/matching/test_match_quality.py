"""Known answers, through the product: files imported, matched, clustered."""

import base64
import csv
import io
from datetime import datetime
from pathlib import Path

from odoo.fields import Command
from odoo.tests import tagged

from ...identity.quality import evaluate
from .match_common import MatchCase

DATA = Path(__file__).resolve().parents[4] / "tests" / "data"
COLUMNS = {
    "rec_id": "customer_key",
    "name": "name",
    "street": "street",
    "address_2": "street2",
    "suburb": "city",
    "postcode": "zip",
    "date_of_birth": "attribute:birth_date",
    "soc_sec_id": "attribute:personal_number",
}


@tagged("post_install", "-at_install")
class TestMatchQuality(MatchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env["crm.source"].create({"name": "Febrl", "code": "T-FEBRL"})
        cls.mapping = cls.env["crm.import.mapping"].create(
            {
                "name": "Febrl",
                "source_id": cls.source.id,
                "what": "customers",
                "line_ids": [
                    Command.create({"column": column, "target": target})
                    for column, target in COLUMNS.items()
                ],
            }
        )
        cls.persons.training_pairs = 200_000  # enough for 5,000 people, and quick

    def bring_in(self, name):
        """{partner id: true person} of a file, read by the import."""
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            people = list(csv.DictReader(file, skipinitialspace=True))
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        for person in people:
            row = {column: person.get(column, "") for column in COLUMNS}
            row["name"] = f"{person['given_name']} {person['surname']}".strip() or "-"
            row["street"] = f"{person['street_number']} {person['address_1']}".strip()
            row["date_of_birth"] = self.clean_day(person["date_of_birth"])
            writer.writerow(row)
        run = self.env["crm.import"].create(
            {
                "mapping_id": self.mapping.id,
                "file": base64.b64encode(out.getvalue().encode()),
                "file_name": name,
            }
        )
        run._run()
        self.assertEqual((run.state, run.error_count), ("done", 0), run.error)
        records = self.env["crm.source.record"].search(
            [("source_id", "=", self.source.id)]
        )
        self.assertEqual(len(records), len(people))
        return {one.partner_id.id: one.key.split("-")[1] for one in records}

    def clean_day(self, text):
        """Febrl spoils days as well; one that is in no calendar cannot be imported."""
        try:
            return datetime.strptime(text, "%Y%m%d").date().isoformat()
        except ValueError:
            return ""

    def match(self, name):
        truth = self.bring_in(name)
        run = self.env["crm.match.run"].create({"setting_id": self.persons.id})
        run._run()
        self.assertEqual(run.state, "done", run.error)
        pairs = self.matches.search(
            [("cluster", "!=", False), ("partner_id", "in", list(truth))]
        )
        found = {}
        for pair in pairs:
            found |= {pair.partner_id.id: pair.cluster, pair.other_id.id: pair.cluster}
        certain = pairs.filtered("automatic")
        wrong = [p for p in certain if truth[p.partner_id.id] != truth[p.other_id.id]]
        return run, evaluate(found, truth), len(certain), wrong

    def test_febrl1_is_found_as_well_as_known(self):
        _run, quality, certain, wrong = self.match("febrl1.csv")
        self.assertGreaterEqual(quality.f1, 0.99, quality)
        self.assertGreater(certain, 300)
        self.assertFalse(wrong, "what is certain must be true")

    def test_febrl3_is_found_as_well_as_known_and_again(self):
        run, quality, certain, wrong = self.match("febrl3.csv")
        self.assertGreaterEqual(quality.f1, 0.995, quality)
        self.assertGreater(certain, 4000)
        self.assertFalse(wrong, "what is certain must be true")
        self.assertTrue(run.trained)
        before = self.matches.search_read([], ["evidence", "state", "cluster"])
        again = run.copy()
        again._run()
        self.assertFalse(again.trained, "the weights are kept")
        self.assertEqual((again.new_count, again.gone_count), (0, 0))
        after = self.matches.search_read([], ["evidence", "state", "cluster"])
        self.assertEqual(after, before)
