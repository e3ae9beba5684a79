from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .segment_common import DAY, NEXT, SegmentCase

MODELS = {  # model: (user, manager) rights as read, write, create, unlink
    "crm.score": ("r", "rwcu"),
    "crm.score.value": ("r", "r"),
    "crm.segment": ("r", "rwcu"),
    "crm.segment.family": ("r", "rwcu"),
    "crm.segment.condition": ("r", "rwcu"),
    "crm.segment.member": ("r", "r"),
    "crm.segment.movement": ("r", "r"),
    "crm.segment.run": ("r", "rwcu"),
    "crm.interaction": ("r", "rwcu"),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestSegmentSecurity(SegmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Harmonia Abroad"})
        cls.abroad = new_test_user(
            cls.env,
            "t_abroad",
            groups="crm_extended.group_customer_manager",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )

    def test_each_role_has_the_rights_of_its_work(self):
        roles = (self.stranger, self.user, self.manager)
        for name, rights in MODELS.items():
            for user, allowed in zip(roles, ("", *rights), strict=True):
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=name, user=user.login, operation=operation):
                        model = self.env[name].with_user(user)
                        self.assertEqual(model.has_access(operation), letter in allowed)

    def test_stranger_sees_no_trace_on_the_customer(self):
        customer = self.customers[0].with_user(self.stranger)
        fields = customer.fields_get()
        for name in (
            "segment_ids",
            "segment_member_ids",
            "score_value_ids",
            "interaction_ids",
            "interaction_count",
        ):
            self.assertNotIn(name, fields)
            with self.assertRaises(AccessError):
                customer.read([name])
        with self.assertRaises(AccessError):
            customer.search([("segment_ids", "!=", False)])
        with self.assertRaises(AccessError):
            customer._read_group([], ["segment_ids"], ["__count"])
        views = customer.get_view(self.env.ref("base.view_partner_form").id, "form")
        self.assertNotIn("scores_segments", views["arch"])
        self.assertNotIn("Interactions", views["arch"])

    def test_segments_on_the_customer_cannot_be_written(self):
        segment = self.make_segment("Fives", [(self.recency, 5, 5)])
        customer = self.customers[0].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "follows from the definitions"):
            customer.write({"segment_ids": [Command.link(segment.id)]})
        with self.assertRaises(AccessError):
            self.env["crm.segment.member"].with_user(self.manager).create(
                {
                    "segment_id": segment.id,
                    "partner_id": customer.id,
                    "valid_from": DAY,
                }
            )

    def test_hostile_filters_are_refused(self):
        segments = self.env["crm.segment"].with_user(self.manager)
        for domain in (
            "__import__('os').system('id')",
            "[('name', '=', __import__('os').getcwd())]",
            "[('name', '=', ().__class__.__base__)]",
            "[('id', 'any!', [])]",
            "[(1, '=', 1)] * 10**9",
            "[('nothing', '=', 1)]",
            "[('name', 'regexp', 'x')]",
            "[('id', 'in', ['x'])]",
            "[('name', '=', 'x'",
            "{'name': 'x'}",
            "[" * 9999,
        ):
            with self.subTest(domain=domain[:40]), self.assertRaises(ValidationError):
                segments.create({"name": "Hostile", "domain": domain})

    def test_filter_on_a_hidden_field_is_no_oracle(self):
        segments = self.env["crm.segment"].with_user(self.manager)
        for field in ("signup_type", "user_ids.totp_secret", "user_ids.password"):
            domain = str([(field, "like", "a")])
            with self.subTest(field=field), self.assertRaises(UserError):
                segments.create({"name": "Curious", "domain": domain})

    def test_refresh_looks_with_the_access_of_the_author_whoever_starts_it(self):
        hidden = self.customers[0]
        hidden.company_id = self.other
        segment = (
            self.env["crm.segment"]
            .with_user(self.manager)
            .create({"name": "All here", "domain": "[('city', '=', 'Testville')]"})
        )
        self.refresh()  # as the superuser, as the nightly run does
        self.assertEqual(segment.sudo().definer_id, self.manager)
        self.assertEqual(self.members(segment.sudo()), self.customers - hidden)

    def test_nobody_signs_for_another(self):
        segment = (
            self.env["crm.segment"]
            .with_user(self.manager)
            .create({"name": "Mine", "definer_id": self.env.ref("base.user_root").id})
        )
        self.assertEqual(segment.definer_id, self.manager)
        segment.write({"definer_id": self.env.ref("base.user_root").id})
        self.assertEqual(segment.definer_id, self.manager)
        foreign = self.make_segment("Of the superuser", [(self.recency, 1, 2)])
        foreign.condition_ids.with_user(self.manager).maximum = 5
        self.assertEqual(foreign.definer_id, self.manager)

    def test_author_who_left_is_told_about(self):
        segment = (
            self.env["crm.segment"]
            .with_user(self.manager)
            .create({"name": "Orphan", "domain": "[('city', '=', 'Testville')]"})
        )
        self.manager.active = False
        self.assertEqual(self.refresh()["problems"], 1)
        self.assertIn("who has left", segment.sudo().problem)

    def test_companies_do_not_see_each_others_segments_scores_and_reasons(self):
        self.rate(self.recency, [5, 5], company=self.other)
        theirs = self.make_segment(
            "Theirs", [(self.recency, 5, 5)], company_id=self.other.id
        )
        shared = self.make_segment("Shared", [(self.recency, 5, 5)])
        self.refresh()
        self.assertEqual(self.members(theirs), self.customers[:2])
        self.assertEqual(self.members(shared), self.customers[:2])
        here = self.customers[0].with_user(self.user)
        self.assertFalse(here.score_value_ids)
        self.assertFalse(here.segment_member_ids, "the reason tells their score")
        self.assertNotIn(theirs, here.segment_ids)
        self.env.invalidate_all()  # one request has one user
        there = self.customers[0].with_user(self.abroad)
        self.assertEqual(there.segment_member_ids.segment_id, theirs | shared)
        self.assertEqual(len(there.score_value_ids), 1)

    def test_segment_of_a_company_takes_its_own_and_shared_customers(self):
        self.customers[0].company_id = self.other
        self.customers[1].company_id = self.env.company
        self.rate(self.recency, [5, 5, 5])
        ours = self.make_segment(
            "Ours", [(self.recency, 5, 5)], company_id=self.env.company.id
        )
        self.refresh()
        self.assertEqual(self.members(ours), self.customers[1:3])

    def test_company_segment_prefers_the_values_of_its_company(self):
        self.rate(self.recency, [1, 5])
        self.rate(self.recency, [5], company=self.env.company)
        ours = self.make_segment(
            "Ours", [(self.recency, 5, 5)], company_id=self.env.company.id
        )
        shared = self.make_segment("Shared", [(self.recency, 5, 5)])
        self.refresh()
        self.assertEqual(self.members(ours), self.customers[:2])
        self.assertEqual(self.members(shared), self.customers[1])

    def test_exclusive_families_hold_within_each_company(self):
        values = {"family_id": self.family.id}
        condition = [(self.recency, 5, 5)]
        theirs = self.make_segment(
            "Theirs", condition, company_id=self.other.id, **values
        )
        ours = self.make_segment(
            "Ours", condition, company_id=self.env.company.id, **values
        )
        shared = self.make_segment("Shared", condition, **values)
        self.rate(self.recency, [5])
        self.refresh()
        self.assertEqual(self.members(theirs), self.customers[0])
        self.assertEqual(self.members(ours), self.customers[0])
        self.assertFalse(self.members(shared))

    def test_shop_assistant_may_not_refresh_or_store(self):
        segment = self.make_segment("Fives", [(self.recency, 5, 5)])
        with self.assertRaises(AccessError):
            segment.with_user(self.user).action_refresh()
        with self.assertRaises(AccessError):
            segment.with_user(self.user).write({"domain": "[]"})

    def test_shop_assistant_searches_and_groups_by_segment(self):
        fives = self.make_segment("Fives", [(self.recency, 5, 5)])
        self.rate(self.recency, [5, 5, 1])
        self.refresh(NEXT)
        partners = self.env["res.partner"].with_user(self.user)
        mine = [("city", "=", "Testville")]
        found = partners.search([*mine, ("segment_ids", "in", fives.ids)])
        self.assertEqual(set(found.ids), set(self.customers[:2].ids))
        self.assertEqual(partners.search_count([*mine, ("segment_ids", "=", False)]), 8)
        self.assertEqual(
            partners.search_count([*mine, ("segment_ids", "ilike", "five")]), 2
        )
        groups = partners._read_group(mine, ["segment_ids"], ["__count"])
        self.assertEqual({g.id: n for g, n in groups}, {fives.id: 2, False: 8})
        pivot = partners.formatted_read_grouping_sets(
            mine, [[], ["segment_ids"], ["segment_ids", "city"]], ["__count"]
        )
        self.assertEqual(pivot[0][0]["__count"], 10)
        self.assertEqual(len(pivot[1]), 2)
        web = partners.web_read_group(mine, ["segment_ids"], ["__count"])
        self.assertEqual(web["length"], 2)
        self.assertEqual(found[0].segment_ids, fives)
        self.assertEqual(found[0].segment_member_ids.reason[:11], "Recency 5: ")

    def test_leads_and_orders_are_found_by_the_customers_segment(self):
        fives = self.make_segment("Fives", [(self.recency, 5, 5)])
        self.rate(self.recency, [5])
        self.refresh()
        lead = self.env["crm.lead"].create(
            {"name": "Rare record", "partner_id": self.customers[0].id}
        )
        order = self.env["sale.order"].create({"partner_id": self.customers[0].id})
        domain = [("partner_segment_ids", "in", fives.ids)]
        self.assertEqual(self.env["crm.lead"].search(domain), lead)
        self.assertEqual(self.env["sale.order"].search(domain), order)
        groups = self.env["crm.lead"]._read_group(
            domain, ["partner_segment_ids"], ["__count"]
        )
        self.assertEqual(groups, [(fives, 1)])
