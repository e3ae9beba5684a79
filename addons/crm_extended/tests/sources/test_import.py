from contextlib import closing
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...exceptions import RunStopped
from ...models.sources.crm_import_file import ServerFile
from .import_common import COLUMNS, CUSTOMER_COLUMNS, DATA, FULL, HEADER, ImportCase


@tagged("post_install", "-at_install")
class TestImport(ImportCase):
    def test_customers_and_purchases_come_in_as_the_file_says(self):
        run = self.load(FULL)
        self.assertEqual((run.state, run.step), ("done", "imported"), run.error)
        self.assertEqual(self.counts(run, "customer"), (2, 0, 0))
        self.assertEqual(self.counts(run, "purchase"), (3, 0, 0))
        jana = self.records().filtered(lambda r: r.key == "1").partner_id
        self.assertRecordValues(
            jana, [{"name": "Jana", "email": "jana@example.com", "city": "Praha"}]
        )
        bought = self.purchases().filtered(lambda p: p.partner_id == jana)
        self.assertEqual(bought.sorted("key").mapped("amount"), [10.5, -10.5])
        self.assertEqual(bought.branch_id, self.branch)
        self.assertEqual(bought.company_id, self.company)

    def test_the_same_file_again_changes_nothing(self):
        self.load(FULL)
        before = self.purchases().read(), self.records().read()
        run = self.load(FULL)
        self.assertEqual(self.counts(run, "customer"), (0, 0, 2))
        self.assertEqual(self.counts(run, "purchase"), (0, 0, 3))
        self.assertEqual((self.purchases().read(), self.records().read()), before)

    def test_only_what_the_source_changed_is_written(self):
        self.load(FULL)
        jana = self.records().filtered(lambda r: r.key == "1").partner_id
        jana.city = "Kolín"  # corrected here; the source still says Praha
        run = self.load(FULL.replace("jana@example.com", "jana@example.org"))
        self.assertEqual(self.counts(run, "customer"), (0, 1, 1))
        self.assertEqual((jana.email, jana.city), ("jana@example.org", "Kolín"))

    def test_a_customer_with_its_own_change_costs_a_few_lookups_at_most(self):
        """Odoo looks up the leads and meetings of each, by index, twice."""

        def make(domain):
            return HEADER + "".join(
                f"{i},N{i},n{i}@{domain}.example,Zlín,R{i},2024-01-01,1,TWN\n"
                for i in range(400)
            )

        self.load(make("old"))
        run = self.start(make("new"))
        self.env.flush_all()
        start = self.env.cr.sql_log_count
        run._run()
        self.assertEqual(run.customer_updated, 400)
        self.assertLess(self.env.cr.sql_log_count - start, 400 * 4 + 100)

    def test_a_cell_that_the_source_emptied_is_emptied(self):
        self.load(FULL)
        self.load(FULL.replace("petr@example.com", ""))
        petr = self.records().filtered(lambda r: r.key == "2").partner_id
        self.assertFalse(petr.email)

    def test_a_changed_purchase_is_updated_and_a_corrected_one_is_left(self):
        self.load(FULL)
        first, second, third = self.purchases().sorted("key")
        second.amount = -9  # a manager's correction
        run = self.load(FULL.replace("7.00", "8.00"))
        self.assertEqual(self.counts(run, "purchase"), (0, 1, 2))
        self.assertEqual((second.amount, third.amount), (-9, 8))

    def test_a_trial_tells_all_and_leaves_nothing(self):
        partners = self.env["res.partner"].search_count([])
        run = self.start(FULL)
        run.sudo().dry_run = True
        run._run()
        self.assertEqual((run.state, run.step), ("done", "tried"))
        self.assertEqual(self.counts(run, "customer"), (2, 0, 0))
        self.assertEqual(self.counts(run, "purchase"), (3, 0, 0))
        self.assertFalse(self.records() or self.purchases())
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_bad_rows_are_told_and_good_rows_come_in(self):
        text = HEADER + (
            "1,Jana,jana@example.com,Praha,R1,31/02/2024,10,TWN\n"
            "2,Petr,petr@example.com,Brno,R2,2024-02-30,x,TWN\n"
            "3,Eva,eva@example.com,Brno,R3,2024-02-01,5,TWN\n"
            "4,Jan,jan@example.com,Brno,R3,2024-02-01,5,TWN\n"
            "5,Ota,ota@example.com,Brno,R5,2024-02-01,5,LONDON\n"
            ",Iva,iva@example.com,Brno,R6,2024-02-01,5,TWN\n"
        )
        run = self.load(text)
        self.assertEqual((run.state, run.row_count, run.error_count), ("done", 6, 5))
        self.assertEqual(self.records().mapped("key"), ["3"])
        self.assertEqual(self.purchases().mapped("key"), ["R3"])
        header, *lines = self.read_report(run)
        self.assertEqual(header[5:], HEADER.strip().split(","))
        told = [(line[0], line[1], line[2]) for line in lines]
        self.assertEqual(
            told,
            [
                ("2", "date", "31/02/2024"),
                ("3", "date", "2024-02-30"),
                ("3", "amount", "x"),
                ("5", "purchase_key", "R3"),
                ("6", "branch", "LONDON"),
                ("7", "id", ""),
            ],
        )
        self.assertIn("row 4", lines[3][3])
        self.assertTrue(all(line[4] for line in lines), "each problem has a remedy")
        self.assertEqual(lines[0][5:7], ["1", "Jana"], "with the row as it came")
        self.assertIn("LONDON", run.problems)

    def test_all_or_nothing_imports_nothing_when_one_row_is_bad(self):
        self.mapping.all_or_nothing = True
        run = self.load(FULL + "3,Eva,eva,Brno,R9,2024-02-01,5,TWN\n")
        self.assertEqual(run.state, "failed")
        self.assertIn("1 rows have problems", run.error)
        self.assertEqual(self.counts(run, "customer"), (0, 0, 0))
        self.assertTrue(run.error_file)
        self.assertFalse(self.records() or self.purchases())

    def test_huge_and_negative_amounts_follow_the_mapping(self):
        text = HEADER + "1,Jana,,,R1,2024-02-01,1000001,\n1,Jana,,,R2,2024-02-01,-1,\n"
        self.assertEqual(self.load(text).error_count, 1)
        self.mapping.allow_negative = False
        self.assertEqual(self.load(text).error_count, 2)

    def test_stop_in_the_middle_leaves_the_state_before(self):
        self.load(FULL)
        before = self.purchases().read(), self.records().read()
        run = self.start(FULL.replace("Praha", "Plzeň").replace("7.00", "8.00"))
        stored = type(run)._report

        def stop(self, done, total, text=None):
            if done > 90:  # customers are written, purchases are not
                raise RunStopped
            return stored(self, done, total, text)

        with patch.object(type(run), "_report", stop):
            run._run()
        self.assertEqual(run.state, "stopped")
        self.assertEqual((self.purchases().read(), self.records().read()), before)

    def test_a_pressed_stop_is_obeyed_at_the_next_report(self):
        run = self.start(FULL)
        run.sudo().state = "running"
        run.action_stop()
        run._run()
        self.assertEqual(run.state, "stopped")
        self.assertFalse(self.records())

    def test_another_import_of_the_source_at_work_is_told(self):
        source = self.env["crm.source"].search(
            [("id", "!=", self.source.id), ("kind", "=", "file")], limit=1
        )
        if not source:
            self.skipTest("only a source of the demo data is seen by a second cursor")
        self.mapping.write({"source_id": source.id, "company_id": self.company.id})
        run = self.start(FULL)
        self.env.flush_all()  # or foreign keys to the source would wait for the other
        with closing(db_connect(self.env.cr.dbname).cursor()) as other:
            lock = "SELECT id FROM crm_source WHERE id = %s FOR NO KEY UPDATE"
            other.execute(lock, [source.id])
            with mute_logger("odoo.sql_db"):
                run._run()
            self.assertEqual(run.state, "failed")
            self.assertIn("is at work. Start when it ends", run.error)
        run._run()
        self.assertEqual(run.state, "done", "free when the other has ended")

    def test_one_number_written_otherwise_changes_nothing(self):
        columns = {**COLUMNS, "city": "quantity"}
        mapping = self.make_mapping(columns)
        text = FULL.replace("Praha", "2").replace("Brno", "")
        self.load(text, mapping)
        self.assertEqual(self.purchases().sorted("key").mapped("quantity"), [2, 2, 1])
        text = text.replace("10.50", "10.500").replace(",2,", ",2.00,")
        run = self.load(text, mapping)
        self.assertEqual(self.counts(run, "purchase"), (0, 0, 3), run.problems)

    def test_purchases_need_customers_that_the_source_sent(self):
        columns = {
            k: v for k, v in COLUMNS.items() if k not in ("name", "email", "city")
        }
        mapping = self.make_mapping(columns, what="purchases")
        run = self.load(FULL, mapping)
        self.assertEqual((run.error_count, run.purchase_created), (3, 0))
        self.load(FULL)
        run = self.load(FULL, mapping)
        self.assertEqual(run.error_count, 0, "now they are known")

    def test_a_customer_twice_in_a_list_of_customers_is_told(self):
        columns = {k: COLUMNS[k] for k in CUSTOMER_COLUMNS}
        mapping = self.make_mapping(columns, what="customers")
        run = self.load(FULL, mapping)
        self.assertEqual((run.customer_created, run.error_count), (2, 1))
        self.assertIn("row 2", self.read_report(run)[1][3])

    def test_of_two_rows_of_one_customer_the_later_is_believed(self):
        text = FULL.replace("Praha,R2", "Plzeň,R2")
        self.load(text)
        jana = self.records().filtered(lambda r: r.key == "1").partner_id
        self.assertEqual(jana.city, "Plzeň")
        self.assertEqual(self.counts(self.load(text), "customer"), (0, 0, 2))

    def test_a_customer_is_never_found_by_name(self):
        namesake = self.env["res.partner"].create({"name": "Jana"})
        self.load(FULL)
        self.assertNotIn(namesake, self.records().partner_id)

    def test_customers_without_a_name_get_one_from_the_template(self):
        columns = {k: v for k, v in COLUMNS.items() if k != "name"}
        mapping = self.make_mapping(columns)
        run = self.load(FULL, mapping)
        self.assertEqual((run.error_count, run.customer_created), (3, 0))
        mapping.name_template = "Guest {key} {0.__class__}"
        self.load(FULL, mapping)
        self.assertIn("Guest 2 {0.__class__}", self.records().mapped("partner_id.name"))

    def test_equal_lines_without_a_number_are_two_purchases(self):
        mapping = self.env.ref("crm_extended.import_mapping_cdnow_sample")
        self.source = mapping.source_id
        line = " 00004 0001 19970101  2   29.33\n"
        run = self.load(line * 2, mapping)
        self.assertEqual(self.counts(run, "purchase"), (2, 0, 0), run.error)
        run = self.load(line * 2, mapping)
        self.assertEqual(self.counts(run, "purchase"), (0, 0, 2))
        self.assertEqual(self.records().partner_id.name, "CDNOW 00004")

    def test_one_refused_customer_does_not_stop_the_others(self):
        create = type(self.env["res.partner"]).create
        words = "Petr is not welcome"

        def refuse(self, vals_list):
            if any(vals["name"] == "Petr" for vals in vals_list):
                raise ValidationError(words)
            return create(self, vals_list)

        with patch.object(type(self.env["res.partner"]), "create", refuse):
            run = self.load(FULL)
        self.assertEqual(self.counts(run, "customer"), (1, 0, 0))
        self.assertIn(words, run.problems)

    def test_a_file_on_the_server_is_for_commands_only(self):
        run = self.env["crm.import"].create({"mapping_id": self.mapping.id})
        hostile = run.with_context(import_server_file={"path": "/etc/passwd"})
        self.assertFalse(hostile._has_file())
        self.assertTrue(
            run.with_context(import_server_file=ServerFile("/x"))._has_file()
        )

    def test_the_command_reads_a_file_from_disk_and_tells_progress(self):
        told = []
        mapping = self.env.ref("crm_extended.import_mapping_cdnow_sample")
        run = self.env["crm.import"]._run_file(
            mapping, DATA / "CDNOW_sample.txt", on_progress=lambda *a: told.append(a)
        )
        self.assertEqual((run.state, run.row_count), ("done", 6919), run.error)
        self.assertEqual(self.counts(run, "customer"), (2357, 0, 0))
        self.assertEqual(self.counts(run, "purchase"), (6919, 0, 0))
        percents = [percent for percent, _text in told]
        self.assertEqual(percents, sorted(percents))
        self.assertGreater(percents[-1], 99)

    def test_statements_do_not_grow_with_the_rows(self):
        def make(count, city):
            return HEADER + "".join(
                f"{i},N{i},n{i}@example.com,{city},R{i},2024-01-01,{i},TWN\n"
                for i in range(count)
            )

        self.load(make(2, "Zlín"))  # caches are warm

        def count_queries(text):
            run = self.start(text)
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            run._run()
            self.assertEqual((run.state, run.error_count), ("done", 0), run.error)
            return self.env.cr.sql_log_count - start

        few = count_queries(make(20, "Zlín"))
        many = count_queries(make(820, "Zlín"))
        # the ORM inserts a hundred partners a statement
        self.assertLess(many - few, 60)
        same = count_queries(make(820, "Zlín"))
        self.assertLess(same, 40)
        few = count_queries(make(20, "Most"))
        many = count_queries(make(820, "Kladno"))
        self.assertLess(many - few, 60, "alike changes")
