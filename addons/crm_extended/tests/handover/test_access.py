import json
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ...models.handover.crm_access_count import TALLY
from .handover_common import MANAGER, SALES

EXPORT = "base.group_allow_export"
MONDAY = date(2026, 3, 2)


@tagged("post_install", "-at_install")
class TestAlert(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute("DELETE FROM crm_access_count")
        cls.env.cr.execute("DELETE FROM crm_export_log")
        cls.jan = new_test_user(cls.env, "acc_jan", groups=SALES, name="Jan")
        cls.eva = new_test_user(cls.env, "acc_eva", groups=SALES, name="Eva")
        cls.hana = new_test_user(cls.env, "acc_hana", groups=MANAGER, name="Hana")
        for week in range(1, 10):
            for user, rows in ((cls.jan, 100), (cls.eva, 150), (cls.hana, 120)):
                cls.note_reading(user, rows + week, week)

    @classmethod
    def note_reading(cls, user, rows, weeks=0, model="res.partner"):
        hour = datetime.combine(MONDAY, datetime.min.time()).replace(hour=9)
        cls.env["crm.access.count"].create(
            {
                "user_id": user.id,
                "company_id": cls.env.company.id,
                "res_model": model,
                "hour": hour - timedelta(weeks=weeks),
                "row_count": rows,
                "call_count": 1,
                "ip": "10.0.0.7",
            }
        )

    def watch(self):
        return self.env["crm.access.alert"]._watch(MONDAY)

    def test_who_reads_far_more_than_usual_is_told_to_the_managers(self):
        self.note_reading(self.jan, 4000)
        self.note_reading(self.jan, 3000, model="crm.lead")
        self.note_reading(self.eva, 170)
        alert = self.watch()
        self.assertEqual((alert.user_id, alert.row_count), (self.jan, 7000))
        self.assertEqual((alert.own_median, alert.state), (105, "open"))
        self.assertGreater(alert.own_score, 3.5)
        self.assertGreater(alert.peer_score, 3.5)
        self.assertEqual(alert.addresses, "10.0.0.7")
        self.assertIn("4000", alert.detail)
        self.assertIn("Jan read 7000", alert.summary)
        self.assertIn(self.hana, alert.activity_ids.user_id)
        self.assertNotIn(self.jan, alert.activity_ids.user_id)

    def test_the_same_day_is_told_once_and_its_number_kept_up(self):
        self.note_reading(self.jan, 4000)
        alert = self.watch()
        self.note_reading(self.jan, 1000)
        self.assertFalse(self.watch())
        self.assertEqual(alert.row_count, 5000)

    def test_few_records_are_nobodys_concern_however_unusual(self):
        self.env["ir.config_parameter"].set_param("crm_extended.vigilance_rows", "9000")
        self.note_reading(self.jan, 8000)
        self.assertFalse(self.watch())
        self.note_reading(self.jan, 1000)
        self.assertEqual(len(self.watch()), 1)

    def test_everybody_reading_more_is_no_alarm_for_any(self):
        for week in range(1, 10):
            self.note_reading(self.eva, 5000, week)
            self.note_reading(self.hana, 5000, week)
        self.note_reading(self.jan, 4000)
        self.assertFalse(self.watch())

    def test_a_false_alarm_is_dismissed_with_its_reason_by_another(self):
        self.note_reading(self.jan, 4000)
        alert = self.watch().with_user(self.hana)
        with self.assertRaisesRegex(UserError, "reason"):
            alert.action_dismiss()
        alert.reason = "Christmas cards"
        alert.action_dismiss()
        self.assertEqual((alert.state, alert.decided_by_id), ("dismissed", self.hana))
        self.assertFalse(alert.activity_ids)
        with self.assertRaises(AccessError):
            alert.row_count = 1

    def test_a_manager_neither_sees_nor_dismisses_an_alert_about_himself(self):
        self.note_reading(self.hana, 9000)
        alert = self.watch()
        self.assertEqual(alert.user_id, self.hana)
        mine = self.env["crm.access.alert"].with_user(self.hana)
        self.assertFalse(mine.search([("id", "=", alert.id)]))
        with self.assertRaises(AccessError):
            alert.with_user(self.hana).action_confirm()

    def test_a_confirmed_day_is_no_habit_and_a_dismissed_one_is(self):
        def earlier(state):
            self.env["crm.access.alert"].search([]).unlink()
            for week in (1, 2, 3, 4, 5):
                self.env["crm.access.alert"].create(
                    {
                        "user_id": self.jan.id,
                        "company_id": self.env.company.id,
                        "date": MONDAY - timedelta(weeks=week),
                        "kind": "read",
                        "state": state,
                    }
                )
            return self.watch()

        for week in (1, 2, 3, 4, 5):
            self.note_reading(self.jan, 5000, week)
        self.note_reading(self.jan, 5000)
        self.assertEqual(len(earlier("confirmed")), 1)
        self.assertFalse(earlier("dismissed"))

    def test_salespeople_see_neither_counts_nor_alerts_nor_exports(self):
        for model in ("crm.access.count", "crm.access.alert", "crm.export.log"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.jan).search([])
        for user in (self.jan, self.hana):
            with self.assertRaises(AccessError):
                self.env["crm.access.count"].with_user(user).create(
                    {"user_id": self.eva.id, "res_model": "res.partner"}
                )


@tagged("post_install", "-at_install")
class TestExport(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jan = new_test_user(cls.env, "exp_jan", groups=f"{SALES},{EXPORT}")
        cls.eva = new_test_user(cls.env, "exp_eva", groups=SALES)
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"Export {n}"} for n in range(6)]
        )
        cls.group = cls.env.ref("crm_extended.group_customer_user")
        cls.log = cls.env["crm.export.log"].search([])
        cls.env["crm.export.limit"].search([]).unlink()  # those of the demo

    def limit(self, **vals):
        vals = {"group_id": self.group.id, **vals}
        return self.env["crm.export.limit"].create(vals)

    def export(self, user=None, count=6):
        partners = self.partners[:count].with_user(user or self.jan)
        return partners.export_data(["name", "email"])["datas"]

    def new_log(self):
        return self.env["crm.export.log"].search([]) - self.log

    def test_an_export_is_logged_without_what_was_in_it(self):
        self.assertEqual(len(self.export()), 6)
        log = self.new_log()
        self.assertEqual(
            (log.user_id, log.res_model, log.row_count), (self.jan, "res.partner", 6)
        )
        self.assertEqual((log.field_names, log.format), ("name, email", "rpc"))
        self.assertEqual(log.state, "done")
        with self.assertRaises(AccessError):
            log.with_user(self.jan).read(["row_count"])
        officer = new_test_user(
            self.env, "exp_po", groups="crm_extended.group_privacy_officer"
        )
        with self.assertRaises(AccessError):
            log.with_user(officer).unlink()
        with self.assertRaises(AccessError):
            log.with_user(officer).write({"row_count": 1})

    def test_more_rows_than_the_limit_are_refused_with_the_remedy(self):
        self.limit(max_rows=5)
        with self.assertRaisesRegex(UserError, "5 rows of Contact at once.*are 6"):
            self.export()
        self.assertEqual(len(self.export(count=5)), 5)

    def test_many_small_exports_meet_the_limit_of_the_day(self):
        self.limit(max_rows=5, max_rows_day=8)
        self.export(count=5)
        with self.assertRaisesRegex(UserError, "You took 5"):
            self.export(count=4)
        self.export(count=3)
        self.env.cr.execute(
            "UPDATE crm_export_log SET date = date - interval '1 day' "
            "WHERE user_id = %s",
            [self.jan.id],
        )
        self.assertEqual(len(self.export(count=5)), 5, "a new day")

    def test_the_limit_for_the_model_and_the_most_generous_group_decide(self):
        self.limit(max_rows=0)
        model = self.env["ir.model"]._get("res.partner")
        self.limit(max_rows=2, model_id=model.id)
        with self.assertRaisesRegex(UserError, "2 rows"):
            self.export()
        boss = self.env.ref(EXPORT)
        self.limit(max_rows=6, model_id=model.id, group_id=boss.id)
        self.assertEqual(len(self.export()), 6)

    def test_without_the_right_nothing_leaves_and_it_is_logged(self):
        written = []
        logs = type(self.env["crm.export.log"])

        def write_log(_self, _cursor, values, problem):
            written.append((values["user"], bool(problem)))

        with (
            patch.object(logs, "_write_log", write_log),
            self.assertRaisesRegex(UserError, "no right to export"),
        ):
            self.export(self.eva)
        self.assertEqual(written, [(self.eva.id, True)])

    def test_only_managers_set_limits(self):
        with self.assertRaises(AccessError):
            self.env["crm.export.limit"].with_user(self.jan).create(
                {"group_id": self.group.id, "max_rows": 10**6}
            )


@tagged("post_install", "-at_install")
class TestReading(HttpCase):
    """Through the web, as it happens."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jan = new_test_user(
            cls.env, "web_jan", password="web_jan_1", groups=f"{SALES},{EXPORT}"
        )
        cls.env["res.partner"].create([{"name": f"Zzweb {n}"} for n in range(30)])
        TALLY.take(cls.env.cr.dbname)
        cls.env.cr.execute("DELETE FROM crm_access_count")

    @contextmanager
    def counted(self):
        yield
        self.env["crm.access.count"]._flush_counts()
        self.env.invalidate_all()

    def call(self, model, method, args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def download(self, path, asked):
        token = Request.csrf_token(self)
        data = {"data": json.dumps(asked), "csrf_token": token}
        return self.url_open(path, data=data)

    def test_lists_are_counted_by_person_and_model_and_not_by_record(self):
        self.authenticate("web_jan", "web_jan_1")
        domain = [["name", "like", "Zzweb"]]
        with self.counted():
            self.call(
                "res.partner",
                "web_search_read",
                [],
                domain=domain,
                specification={"name": {}},
            )
            self.call("res.partner", "search_read", [], domain=domain, fields=["name"])
            ids = self.call("res.partner", "search", [domain])
            self.call("res.partner", "read", [ids, ["name"]])
        counts = self.env["crm.access.count"].search([("user_id", "=", self.jan.id)])
        partners = counts.filtered(lambda c: c.res_model == "res.partner")
        self.assertEqual((len(partners), partners.row_count), (1, 90))
        self.assertEqual(partners.call_count, 3)
        self.assertTrue(partners.ip)

    def test_groups_that_name_people_are_counted_and_figures_are_not(self):
        self.authenticate("web_jan", "web_jan_1")
        domain = [["name", "like", "Zzweb"]]

        def group(groupby, aggregates=("__count",)):
            return self.call(
                "res.partner",
                "formatted_read_group",
                [domain, groupby, list(aggregates)],
            )

        with self.counted():
            group(["company_id"])
        counts = self.env["crm.access.count"]
        self.assertFalse(counts.search([("user_id", "=", self.jan.id)]))
        with self.counted():
            group(["name"])
            group([], ["name:array_agg"])
        rows = counts.search([("user_id", "=", self.jan.id)]).mapped("row_count")
        self.assertEqual(sum(rows), 60)

    def test_pictures_opened_one_by_one_are_counted(self):
        self.authenticate("web_jan", "web_jan_1")
        partners = self.env["res.partner"].search([("name", "like", "Zzweb")], limit=3)
        with self.counted():
            for partner in partners:
                self.call("crm.picture", "get", [partner.id])
        counts = self.env["crm.access.count"].search(
            [("user_id", "=", self.jan.id), ("res_model", "=", "res.partner")]
        )
        self.assertEqual(sum(counts.mapped("row_count")), 3)

    def test_an_export_by_the_browser_says_form_filter_and_address(self):
        self.authenticate("web_jan", "web_jan_1")
        asked = {
            "model": "res.partner",
            "fields": [{"name": "name", "label": "Name", "type": "char"}],
            "ids": False,
            "domain": [["name", "like", "Zzweb"]],
            "import_compat": False,
            "context": {},
            "groupby": [],
        }
        reply = self.download("/web/export/csv", asked)
        self.assertEqual(reply.status_code, 200)
        log = self.env["crm.export.log"].search([("user_id", "=", self.jan.id)])
        self.assertEqual((log.format, log.row_count), ("csv", 30))
        self.assertEqual(log.filter_shape, "name like")
        self.assertTrue(log.ip)

    def test_a_pivot_of_customers_needs_the_right_to_export(self):
        table = {
            "title": "Leads",
            "model": "crm.lead",
            "measure_count": 1,
            "col_group_headers": [],
            "measure_headers": [{"title": "Revenue", "is_bold": True}],
            "rows": [{"title": "Jan", "indent": 0, "values": [{"value": 1}]}],
        }
        self.authenticate("web_jan", "web_jan_1")
        path = "/web/pivot/export_xlsx"
        self.assertEqual(self.download(path, table).status_code, 200)
        log = self.env["crm.export.log"].search([("user_id", "=", self.jan.id)])
        self.assertEqual((log.format, log.field_names), ("pivot", "Revenue"))
        self.jan.group_ids = [Command.unlink(self.env.ref(EXPORT).id)]
        self.env.flush_all()
        self.assertNotEqual(self.download(path, table).status_code, 200)
