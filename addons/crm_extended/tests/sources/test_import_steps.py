from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .import_common import COLUMNS, FULL, ImportCase


@tagged("post_install", "-at_install")
class TestImportSteps(ImportCase):
    def test_the_preview_shows_our_fields_and_marks_bad_cells(self):
        run = self.start(FULL.replace("2024-02-02", "31/02/2024"))
        self.assertEqual(run.step, "file")
        run.action_preview()
        self.assertEqual(run.step, "preview")
        self.assertIn("jana@example.com", run.preview)
        self.assertIn('<td class="table-danger">31/02/2024</td>', run.preview)
        self.assertFalse(self.records(), "nothing is stored")

    def test_markup_of_a_file_is_shown_as_text(self):
        run = self.start(FULL.replace("Jana", "<img src=x onerror=alert(1)>"))
        run.action_preview()
        self.assertNotIn("<img", run.preview)
        self.assertIn("&lt;img", run.preview)
        run = self.load(FULL.replace("jana@example.com", "<script>"))
        self.assertNotIn("<script>", run.problems)

    def test_the_preview_of_a_wrong_file_says_why(self):
        run = self.start(FULL.replace(",", ";"))
        with self.assertRaisesRegex(UserError, "no column id"):
            run.action_preview()

    def test_an_import_without_a_file_asks_for_one(self):
        run = self.env["crm.import"].create({"mapping_id": self.mapping.id})
        for step in (run.action_preview, run.action_try, run.action_import):
            with self.assertRaisesRegex(UserError, "Choose a file"):
                step()

    def test_a_file_without_a_byte_is_called_empty(self):
        run = self.start("")
        for step in (run.action_preview, run.action_try, run.action_import):
            with self.assertRaisesRegex(UserError, "is empty.*Export it again"):
                step()

    def test_the_banner_is_green_only_when_all_rows_came_in(self):
        def banners(run):
            [values] = run.read()
            arch = etree.fromstring(run.get_view(view_type="form")["arch"])
            shown = [
                alert
                for alert in arch.xpath("//div[contains(@class, 'alert')]")
                if not safe_eval(alert.get("invisible"), values)
            ]
            return [(a.get("class").split()[1], a.text.split()[0]) for a in shown]

        bad = FULL.replace("2024-", "2024/")
        self.assertEqual(banners(self.load(bad)), [("alert-warning", "Nothing")])
        some = self.load(FULL.replace("2024-02-02", "x"))
        self.assertEqual(banners(some), [("alert-warning", "Imported.")])
        self.assertEqual(banners(self.load(FULL)), [("alert-success", "Imported.")])

    def test_try_and_import_are_queued(self):
        run = self.start(FULL)
        run.action_try()
        self.assertEqual((run.state, run.dry_run), ("queued", True))
        with self.assertRaisesRegex(UserError, "at work"):
            run.action_import()
        with self.assertRaisesRegex(UserError, "at work"):
            run.file = False
        run.action_stop()
        run.action_import()
        self.assertEqual((run.state, run.dry_run), ("queued", False))

    def test_a_new_file_begins_at_the_first_step(self):
        run = self.load(FULL)
        run.file = False
        self.assertEqual((run.step, run.state, run.row_count), ("file", "draft", 0))

    def test_a_mapping_needs_the_columns_of_its_kind(self):
        with self.assertRaisesRegex(ValidationError, "Purchase: amount"):
            self.make_mapping({k: v for k, v in COLUMNS.items() if k != "amount"})
        with self.assertRaisesRegex(ValidationError, "old = new"):
            self.mapping.line_ids[0].translations = "TWN1 TWN"

    def test_translations_and_fixed_places_work(self):
        mapping = self.make_mapping(
            {"id": "customer_key", "x": "name", "b": "date", "c": "amount"},
            kind="blank",
            key_kind="composed",
        )
        places = {"customer_key": (1, 3), "name": (4, 5), "date": (9, 10)}
        places["amount"] = (19, 6)
        for line in mapping.line_ids:
            line.start, line.width = places[line.target]
        mapping.write({"kind": "fixed", "has_header": False})
        mapping.line_ids[1].translations = "Jana=Johana"
        run = self.load("  7Jana 2024-01-02 12.50\n", mapping)
        self.assertEqual(run.purchase_created, 1, run.problems or run.error)
        self.assertEqual(self.records().partner_id.name, "Johana")
