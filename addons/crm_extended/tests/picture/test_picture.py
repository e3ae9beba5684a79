from datetime import timedelta
from xmlrpc.client import dumps

from odoo.fields import Command
from odoo.tests import tagged

from .picture_common import PictureCase


@tagged("post_install", "-at_install")
class TestPicture(PictureCase):
    def buy(self, partner, days, amount=10.0, **values):
        return self.env["crm.purchase"].create(
            {
                "partner_id": partner.id,
                "date": (self.now - timedelta(days=days)).date(),
                "amount": amount,
                "product_name": "Sheet Music",
                "channel": "shop",
                **values,
            }
        )

    def desk(self, key, **arguments):
        desks = {d["key"]: d["items"] for d in self.picture(**arguments)["desks"]}
        return desks.get(key)

    # ------------------------------------------------------------------ whom it covers

    def test_a_company_covers_its_people_and_a_person_is_alone(self):
        self.talk(self.school, subject="A")
        self.talk(self.director, subject="B", days=2)
        self.assertEqual(self.subjects(), ["A", "B"])
        self.assertEqual(self.subjects(whole=False), ["A"])
        self.assertEqual(self.subjects(partner=self.director), ["B"])
        self.assertEqual(self.subjects(partner=self.director, whole=True), ["A", "B"])
        scope = self.picture(self.director)["scope"]
        self.assertEqual(scope, {"whole": False, "people": 1, "switch": True})

    # ------------------------------------------------------------------ timeline

    def test_pages_show_each_entry_once_and_in_order(self):
        self.fill(95)
        for days in (1, 2, 3):
            self.buy(self.school, days)
        seen, before = [], None
        for _page in range(4):
            page = self.timeline(before=before)
            seen += page["entries"]
            before = page["next"]
            if not before:
                break
        self.assertEqual(len(seen), 98)
        self.assertEqual(len({e["key"] for e in seen}), 98)
        dates = [e["date"] for e in seen]
        self.assertEqual(dates, sorted(dates, reverse=True))

    def test_what_is_new_meanwhile_moves_no_page(self):
        self.fill(60)
        first = self.timeline()
        self.talk(days=0, subject="New")
        second = self.timeline(before=first["next"])
        self.assertFalse(
            {e["key"] for e in first["entries"]} & {e["key"] for e in second["entries"]}
        )
        self.assertEqual(len(second["entries"]), 20)

    def test_filters(self):
        self.talk(subject="Call about the piano", user_id=self.shop.id)
        self.talk(self.director, subject="Visit", channel="visit", days=40)
        self.talk(subject="100% wool", summary="not_felt", days=3)
        self.buy(self.conductor, 5, product_name="Piano School")
        ask = self.subjects
        self.assertEqual(ask(filters={"channels": ["visit"]}), ["Visit"])
        self.assertEqual(ask(filters={"channels": ["purchase"]}), ["Piano School"])
        self.assertEqual(
            ask(filters={"text": "piano"}), ["Call about the piano", "Piano School"]
        )
        self.assertEqual(ask(filters={"text": "PIANO call"}), ["Call about the piano"])
        self.assertEqual(ask(filters={"text": "%"}), ["100% wool"])
        self.assertEqual(ask(filters={"text": "t_f"}), ["100% wool"])
        self.assertEqual(ask(filters={"person_id": self.director.id}), ["Visit"])
        self.assertEqual(
            ask(filters={"user_id": self.shop.id}), ["Call about the piano"]
        )
        day = str((self.now - timedelta(days=10)).date())
        self.assertEqual(ask(filters={"until": day}), ["Visit"])
        self.assertEqual(len(ask(filters={"since": day})), 3)

    def test_days_are_the_readers(self):
        self.boss.tz = "Pacific/Auckland"
        self.talk(subject="Late", date="2026-03-01 22:00:00")
        self.assertEqual(
            self.subjects(filters={"since": "2026-03-02", "until": "2026-03-02"}),
            ["Late"],
        )
        self.assertFalse(
            self.subjects(filters={"since": "2026-03-01", "until": "2026-03-01"})
        )

    def test_one_visit_to_the_shop_is_one_entry(self):
        self.buy(self.school, 5, 10, product_name="Strings")
        self.buy(self.school, 5, 20, product_name="Rosin")
        [entry] = self.timeline()["entries"]
        self.assertEqual(set(entry["subject"].split(", ")), {"Strings", "Rosin"})
        self.assertIn("30.00", entry["amount"])

    # ---------------------------------------------------------------- how things stand

    def test_changes_are_noted_before_the_picture_is_read(self):
        order = self.env["sale.order"].create({"partner_id": self.school.id})
        order.action_confirm()
        facets = self.picture()["facets"]
        self.assertIn(
            ("order", 1), [(c["code"], c["count"]) for c in facets["channels"]]
        )
        self.assertEqual(self.subjects(), [order.name])

    def test_open_matters_of_every_desk(self):
        order = self.env["sale.order"].create({"partner_id": self.director.id})
        self.env["crm.lead"].create({"name": "Piano", "partner_id": self.school.id})
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.school.id,
                "invoice_date": self.now.date() - timedelta(days=60),
                "invoice_date_due": self.now.date() - timedelta(days=30),
                "invoice_line_ids": [Command.create({"name": "x", "price_unit": 70})],
            }
        )
        invoice.action_post()
        self.director.activity_schedule("mail.mail_activity_data_todo", summary="Ring")
        [quotation] = self.desk("quotations")
        self.assertEqual(quotation["id"], order.id)
        [debt] = self.desk("debts")
        self.assertTrue(debt["late"])
        self.assertIn("70.00", debt["amount"])
        self.assertEqual([i["name"] for i in self.desk("opportunities")], ["Piano"])
        [activity] = self.desk("activities")
        self.assertEqual(
            (activity["model"], activity["id"]), ("res.partner", self.director.id)
        )
        self.assertEqual(self.picture()["advice"][0]["code"], "debt")
        invoice.button_draft()
        self.assertIsNone(self.desk("debts"))

    def test_value_margin_and_last_purchase(self):
        self.buy(self.school, 400, 100, cost=60)
        self.buy(self.director, 10, 50)
        self.env.cr.execute(
            "UPDATE crm_purchase SET cost = NULL, cost_company = NULL "
            "WHERE partner_id = %s",
            [self.director.id],
        )
        self.env.invalidate_all()
        figures = {f["key"]: f for f in self.picture()["figures"]}
        self.assertIn("150.00", figures["total"]["value"])
        self.assertIn("50.00", figures["year"]["value"])
        self.assertIn("40.00", figures["margin"]["value"], "unknown cost is not free")
        self.assertEqual(figures["last"]["value"], "10 days ago")

    def test_phase_with_its_history(self):
        self.buy(self.school, 100)
        self.env["crm.lifecycle"]._refresh(self.school)
        phase = self.picture(self.director)["phase"]
        self.assertEqual(phase["phase"], "after_sales")
        self.assertEqual(
            [stay["phase"] for stay in phase["history"]], ["after_sales", "consumption"]
        )

    def test_advice_to_answer_a_mail(self):
        self.talk(channel="mail", direction="in", subject="Still there?", days=4)
        [advice] = [a for a in self.picture()["advice"] if a["code"] == "answer"]
        self.assertIn("Still there?", advice["reason"])
        self.talk(channel="mail", direction="out", days=2)
        self.assertNotIn("answer", [a["code"] for a in self.picture()["advice"]])

    def test_story_of_two_years(self):
        self.buy(self.school, 0, 33)
        self.talk(channel="visit", days=0)
        self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.school.id,
                "partner_id": self.school.id,
                "rating": 4,
                "consumed": True,
            }
        )
        story = self.env["crm.picture"].with_user(self.boss).story(self.school.id)
        self.assertEqual(len(story["months"]), 24)
        self.assertEqual(story["value"][-1], 33)
        self.assertEqual(story["visits"][-1], 2)
        self.assertEqual(story["satisfaction"][-1], 4)
        self.assertEqual(sum(story["value"][:-1]), 0)

    def test_all_of_it_passes_through_xml_rpc(self):
        """None cannot be marshalled, and months without a rating have none."""
        picture = self.env["crm.picture"].with_user(self.boss)
        self.talk()
        for partner in (self.school, self.director):
            for method in ("get", "timeline", "story"):
                self.assertTrue(dumps((getattr(picture, method)(partner.id),)))

    # ------------------------------------------------------------------ cost

    def count_queries(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        return self.env.cr.sql_log_count - before

    def test_the_number_of_queries_does_not_depend_on_how_much_happened(self):
        def calls():
            return (
                self.count_queries(self.picture),
                self.count_queries(self.timeline),
                self.count_queries(lambda: self.timeline(filters={"text": "talk"})),
                self.count_queries(
                    lambda: (
                        self.env["crm.picture"]
                        .with_user(self.boss)
                        .story(self.school.id)
                    )
                ),
            )

        self.fill(10)
        self.buy(self.school, 3)
        calls()  # caches of rights and labels
        few = calls()
        self.fill(9990)
        self.assertEqual(calls(), few)
