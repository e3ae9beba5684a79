from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .segment_common import DAY, LATER, NEXT, SegmentCase


@tagged("post_install", "-at_install")
class TestSegmentCondition(SegmentCase):
    """Each kind of condition takes whom it says, and says it in words."""

    def make(self, *conditions, **values):
        return self.make_segment(
            "Composed",
            domain=repr([("id", "in", self.customers.ids)]),
            condition_ids=[Command.create(condition) for condition in conditions],
            **values,
        )

    def check(self, members, words, *conditions, **values):
        segment = self.make(*conditions, **values)
        self.refresh(DAY, segment)
        self.assertFalse(segment.problem)
        self.assertEqual(self.members(segment), members)
        live = segment.with_context(segment_day=DAY)._count_fitting()
        self.assertEqual(live, len(members), "the live count")
        self.assertEqual(segment._get_conditions()[:1].words, words)
        return segment

    def buy(self, customer, day, amount=10, **values):
        return self.env["crm.purchase"].create(
            {"partner_id": customer.id, "date": day, "amount": amount, **values}
        )

    def test_place_by_country_state_and_postal_code(self):
        one, two, three = self.customers[:3]
        czech = self.env.ref("base.cz")
        one.write({"country_id": czech.id, "zip": "110 00"})
        two.write({"country_id": czech.id, "zip": "60200"})
        three.write({"country_id": self.env.ref("base.pl").id, "zip": "11000"})
        self.check(
            one,
            "from Czech Republic, postal code begins with 110 or 12",
            {
                "subject": "place",
                "country_ids": [Command.set(czech.ids)],
                "zips": "110, 1 2",
            },
        )

    def test_industry(self):
        trade = self.env["res.partner.industry"].create({"name": "Schools of Music"})
        self.customers[4].industry_id = trade
        self.check(
            self.customers[4],
            "industry Schools of Music",
            {"subject": "industry", "industry_ids": [Command.set(trade.ids)]},
        )

    def test_profile_with_and_without_the_value(self):
        attribute = self.env["crm.attribute"].create(
            {
                "name": "Instruments",
                "code": "t_instruments",
                "kind": "number",
                "group_id": self.env["crm.attribute.group"].search([], limit=1).id,
            }
        )
        self.env["crm.attribute.value"]._store(
            [
                (self.customers[0].id, attribute, [3]),
                (self.customers[1].id, attribute, [1]),
            ]
        )
        condition = {"subject": "attribute", "attribute_id": attribute.id}
        self.check(
            self.customers[0],
            "Instruments is at least 2",
            {**condition, "mark": ">=", "answer": "2"},
        )
        self.check(
            self.customers - self.customers[0],
            "Instruments is not 3",
            {**condition, "mark": "!=", "answer": "3"},
        )
        self.check(
            self.customers[:2], "Instruments is known", {**condition, "mark": "known"}
        )

    def test_bought_so_often_within_days_through_a_channel(self):
        one, two, three = self.customers[:3]
        for day in ("2030-02-20", "2030-02-25"):
            self.buy(one, day, channel="web")
        self.buy(two, "2030-02-25", channel="web")
        for day in ("2029-12-01", "2030-02-25"):
            self.buy(three, day, channel="web")
        for day in ("2030-02-24", "2030-02-25"):
            self.buy(self.customers[3], day, channel="shop")
        self.buy(self.customers[4], "2030-02-24", channel="web")
        self.buy(self.customers[4], "2030-02-25", amount=-10, channel="web")
        segment = self.check(
            one,
            "bought at least 2 times within 30 days through Web",
            {
                "subject": "purchase",
                "how_often": "least",
                "times": 2,
                "days": 30,
                "sales_channel": "web",
            },
        )
        self.assertIn("2× – 2030-02-25", segment.member_ids.reason)
        self.refresh(LATER, segment)
        self.assertFalse(self.members(segment), "thirty days are over")

    def test_lines_of_invoices_and_orders_count_once_by_category(self):
        strings = self.env["product.category"].create({"name": "Strings"})
        violins = self.env["product.category"].create(
            {"name": "Violins", "parent_id": strings.id}
        )
        product = self.env["product.product"].create(
            {"name": "Violin", "categ_id": violins.id, "list_price": 100}
        )
        buyer, asker = self.customers[:2]
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": customer.id,
                    "order_line": [Command.create({"product_id": product.id})],
                }
                for customer in (buyer, asker)
            ]
        )
        orders[0].action_confirm()
        orders[0].date_order = "2030-02-20 10:00:00"
        condition = {"subject": "purchase", "categ_id": strings.id}
        bought = self.check(
            buyer, "bought All / Strings".replace("All / ", ""), condition
        )
        self.assertEqual(bought.condition_ids.times, 1)
        self.check(
            self.customers - buyer,
            "did not buy Violin",
            {"subject": "purchase", "how_often": "never", "product_id": product.id},
        )
        self.check(
            buyer,
            "bought for 100 or more",
            {**condition, "amount": 100, "categ_id": False},
        )
        self.check(
            self.customers[:0],
            "bought for 101 or more",
            {"subject": "purchase", "amount": 101},
        )

    def test_contacts_by_channel_and_direction(self):
        one, two = self.customers[:2]
        self.env["crm.interaction"].create(
            [
                {"partner_id": c.id, "channel": channel, "direction": d, "date": day}
                for c, channel, d, day in (
                    (one, "call", "in", "2030-02-27 10:00:00"),
                    (two, "call", "out", "2030-02-27 10:00:00"),
                    (self.customers[2], "call", "in", "2030-01-01 10:00:00"),
                    (self.customers[3], "mail", "in", "2030-02-27 10:00:00"),
                )
            ]
        )
        self.check(
            one,
            "contact Incoming Call within 7 days",
            {
                "subject": "interaction",
                "contact_channel": "call",
                "direction": "in",
                "days": 7,
            },
        )

    def test_what_a_contact_person_does_counts_for_the_company(self):
        firm = self.customers[0]
        person = self.make_customers(1, parent_id=firm.id)
        self.buy(person, "2030-02-20")
        self.check(firm, "bought", {"subject": "purchase"})

    def test_a_purchase_deleted_or_handed_over_is_heard(self):
        """A row that is gone does not say whose it was."""
        one, two, three = self.customers[:3]
        gone, moved = self.buy(one, "2030-02-20"), self.buy(two, "2030-02-20")
        segment = self.make({"subject": "purchase"})
        self.env["crm.segment"]._refresh(None, DAY)
        self.assertEqual(self.members(segment), one | two)
        self.env["crm.segment"]._refresh_changed(DAY)
        gone.unlink()
        moved.partner_id = three
        self.env["crm.segment"]._refresh_changed(DAY)
        self.assertEqual(self.members(segment), three)

    def test_phase_and_loyalty_level(self):
        one = self.customers[0]
        self.env["crm.lifecycle"].create(
            {
                "partner_id": one.id,
                "company_id": self.env.company.id,
                "phase": "lost",
                "valid_from": DAY,
            }
        )
        self.check(one, "phase Lost", {"subject": "phase", "phase": "lost"})
        self.check(
            self.customers - one,
            "phase Getting to Know",
            {"subject": "phase", "phase": "initial"},
        )
        level = self.env["crm.loyalty.tier.level"].search([], limit=1)
        if not level:
            return
        self.env["crm.loyalty.tier.member"].sudo().create(
            {
                "tier_id": level.tier_id.id,
                "level_id": level.id,
                "partner_id": one.id,
                "company_id": self.env.company.id,
                "valid_from": DAY,
                "code": "granted",
            }
        )
        self.check(
            one,
            f"loyalty level {level.display_name}",
            {"subject": "tier", "level_ids": [Command.set(level.ids)]},
        )

    def test_fifths_and_cells_of_a_grid(self):
        self.rate(self.recency, range(1, 11))
        self.rate(self.frequency, range(10, 0, -1))
        best = self.customers[8:]
        self.check(
            best,
            "Recency: Top Fifth",
            {
                "subject": "band",
                "score_id": self.recency.id,
                "band_from": "5",
                "band_to": "5",
            },
        )
        segment = self.check(
            best,
            "Recency × Frequency in the fifths 5×1",
            {
                "subject": "grid",
                "score_id": self.recency.id,
                "second_id": self.frequency.id,
                "cells": [[5, 1]],
            },
        )
        self.assertIn("Recency 9, Frequency 2", segment.member_ids[-1:].reason)

    def test_groups_are_nested_and_told_in_brackets(self):
        self.rate(self.recency, [1, 2, 3, 4, 5])
        self.customers[3].city = "Praha"

        def score(value):
            return {"score_id": self.recency.id, "minimum": value, "maximum": value}

        group = {
            "subject": "group",
            "match": "any",
            "child_ids": [
                Command.create(score(1)),
                Command.create(
                    {
                        "subject": "group",
                        "child_ids": [
                            Command.create({**score(4), "sequence": 1}),
                            Command.create(
                                {
                                    "subject": "domain",
                                    "domain": "[('city', '=', 'Praha')]",
                                }
                            ),
                        ],
                    }
                ),
            ],
        }
        segment = self.check(
            self.customers[0] | self.customers[3],
            "(Recency 1 or (Recency 4 and City is Praha))",
            group,
        )
        reasons = {m.partner_id: m.reason for m in segment.member_ids}
        self.assertTrue(
            reasons[self.customers[3]].startswith("Recency 4, City is Praha: needs (")
        )
        self.check(
            self.customers - self.customers[0] - self.customers[3],
            "not (Recency 1 or (Recency 4 and City is Praha))",
            {**group, "negate": True},
        )

    def test_a_copy_takes_its_groups_along(self):
        self.rate(self.recency, [1, 5])
        group = {
            "subject": "group",
            "child_ids": [
                Command.create(
                    {"score_id": self.recency.id, "minimum": 5, "maximum": 5}
                )
            ],
        }
        segment = self.make(group)
        copy = segment.copy()
        segment.unlink()
        self.refresh(DAY, copy)
        self.assertEqual(self.members(copy), self.customers[1])

    def test_another_segment_is_refreshed_before_whoever_looks_at_it(self):
        self.rate(self.recency, [5, 5, 1])
        late = self.make_segment("Late", [(self.recency, 5, 5)], sequence=999)
        early = self.make(
            {"subject": "segment", "other_id": late.id},
            {"subject": "domain", "domain": "[('city', '=', 'Praha')]", "negate": True},
            sequence=1,
        )
        self.customers[0].city = "Praha"
        self.refresh()
        self.assertEqual(self.members(early), self.customers[1])
        self.rate(self.recency, [5, 1, 5])
        self.env["crm.segment"]._refresh_changed(NEXT)
        self.assertEqual(self.members(early), self.customers[2])
        self.assertIn("in Late", early.explanation)

    def test_a_segment_refreshed_alone_is_news_to_whoever_looks_at_it(self):
        self.rate(self.recency, [5])
        first = self.make_segment("First", [(self.recency, 5, 5)])
        second = self.make({"subject": "segment", "other_id": first.id})
        self.refresh()
        self.rate(self.recency, [1, 5])
        self.refresh(NEXT, first)
        self.assertEqual(self.members(second), self.customers[0])
        self.env["crm.segment"]._refresh_changed(NEXT)
        self.assertEqual(self.members(second), self.customers[1])

    def test_circles_are_refused_by_name(self):
        first = self.make_segment("First", [(self.recency, 5, 5)])
        second = self.make({"subject": "segment", "other_id": first.id})
        third = self.make({"subject": "segment", "other_id": second.id})
        with self.assertRaisesRegex(ValidationError, "First"):
            first.condition_ids = [
                Command.create({"subject": "segment", "other_id": third.id})
            ]
        with self.assertRaisesRegex(UserError, "by itself"):
            first.condition_ids = [
                Command.create({"subject": "segment", "other_id": first.id})
            ]
        with self.assertRaisesRegex(ValidationError, "circle"):
            (first | second).family_id = self.family

    def test_incomplete_and_hostile_conditions_are_refused_with_the_remedy(self):
        for values, text in (
            ({"subject": "score"}, "Choose the score"),
            ({"subject": "place"}, "Choose countries"),
            ({"subject": "group"}, "holds no condition"),
            ({"subject": "domain"}, "empty"),
            ({"subject": "domain", "domain": "__import__('os')"}, "plain list"),
            ({"subject": "domain", "domain": "[('id', 'any!', [])]"}, "plain list"),
            ({"subject": "purchase", "days": -1}, "from 0"),
            ({"subject": "purchase", "times": 0}, "1 or more"),
            ({"subject": "purchase", "amount": float("nan")}, "amount"),
            ({"subject": "segment"}, "other segment"),
            ({"subject": "attribute"}, "profile"),
            (
                {
                    "subject": "grid",
                    "score_id": self.recency.id,
                    "second_id": self.frequency.id,
                    "cells": [[5, "1); DROP TABLE res_users"]],
                },
                "cells",
            ),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, text):
                self.make(values)

    def test_a_condition_reads_no_more_than_its_author_may(self):
        abroad = self.env["res.company"].create({"name": "Harmonia Abroad"})
        self.buy(self.customers[0], "2030-02-20", company_id=abroad.id)
        manager = new_test_user(
            self.env, "t_here", groups="crm_extended.group_customer_manager"
        )
        values = {
            "name": "Buyers",
            "condition_ids": [Command.create({"subject": "purchase"})],
            "domain": repr([("id", "in", self.customers.ids)]),
        }
        mine = self.env["crm.segment"].with_user(manager).create(values)
        theirs = self.env["crm.segment"].create({**values, "company_id": abroad.id})
        self.refresh()
        self.assertFalse(self.members(mine))
        self.assertEqual(theirs.sudo().member_ids.partner_id, self.customers[0])
        self.assertEqual(theirs.sudo().member_ids.company_id, abroad)
        self.assertFalse(theirs.with_user(manager).has_access("read"))

    def test_groups_are_made_in_the_form(self):
        self.rate(self.recency, [5, 5, 4, 1])
        with Form(self.env["crm.segment"].with_user(self.manager)) as form:
            form.name = "Made in the Form"
            with form.condition_ids.new() as group:
                group.subject = "group"
                group.match = "any"
                for value in (4, 1):
                    with group.child_ids.new() as line:
                        line.score_id = self.recency
                        line.minimum = line.maximum = value
            self.assertEqual(form.preview_count, 2)
            self.assertEqual(form.explanation, "(Recency 4 or Recency 1)")
        segment = form.record
        self.assertEqual(len(segment.condition_ids), 1)
        self.assertEqual(len(segment.condition_ids.child_ids), 2)
        self.assertEqual(segment.definer_id, self.manager)


@tagged("post_install", "-at_install")
class TestSegmentLimit(SegmentCase):
    """Only the best of those who fit; the rest is free for the next of the family."""

    def best(self, count, **values):
        return self.make_segment(
            "Best",
            domain=repr([("id", "in", self.customers.ids)]),
            limit_count=count,
            limit_score_id=self.recency.id,
            **values,
        )

    def test_equals_are_cut_by_number_or_all_taken(self):
        self.rate(self.recency, [1, 5, 3, 3, 3])
        cut, every = self.best(2), self.best(2, limit_ties="all")
        lowest = self.best(1, limit_lowest=True)
        self.refresh()
        self.assertEqual(self.members(cut), self.customers[1:3])
        self.assertEqual(self.members(every), self.customers[1:5])
        self.assertEqual(self.members(lowest), self.customers[0])

    def test_the_next_of_the_family_takes_who_was_not_among_the_best(self):
        self.rate(self.recency, [1, 5, 3])
        gold = self.best(1, family_id=self.family.id)
        silver = self.best(1, family_id=self.family.id)
        self.refresh()
        self.assertEqual(self.members(gold), self.customers[1])
        self.assertEqual(self.members(silver), self.customers[2])
        self.rate(self.recency, [9, 5, 3])
        self.env["crm.segment"]._refresh_changed(NEXT)
        self.assertEqual(self.members(gold), self.customers[0])
        self.assertEqual(self.members(silver), self.customers[1])

    def test_by_turnover_of_the_last_days(self):
        segment = self.best(1, limit_by="turnover", limit_days=30)
        for customer, day, amount in (
            (self.customers[0], "2030-02-20", 10),
            (self.customers[1], "2030-02-20", 30),
            (self.customers[1], "2030-02-21", -25),
            (self.customers[2], "2029-01-01", 500),
        ):
            self.env["crm.purchase"].create(
                {"partner_id": customer.id, "date": day, "amount": amount}
            )
        self.refresh()
        self.assertEqual(self.members(segment), self.customers[0])

    def test_a_limit_needs_to_know_what_best_means(self):
        with self.assertRaisesRegex(ValidationError, "by which"):
            self.make_segment("Best", [(self.recency, 1, 5)], limit_count=3)
