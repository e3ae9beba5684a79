from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .review_common import ReviewCase


@tagged("post_install", "-at_install")
class TestReviewSecurity(ReviewCase):
    def test_only_stewards_review(self):
        card = self.card("Eva")
        calls = {
            "read_queue": [],
            "read_proposals": [
                card["cluster"],
                card["match_ids"],
                self.eva[0].id,
                self.eva[1].ids,
            ],
            "merge": [
                card["cluster"],
                card["match_ids"],
                self.eva[0].id,
                self.eva[1].ids,
            ],
            "decide": [card["cluster"], card["match_ids"], "later"],
            "undo": [],
            "take_up_later": [],
            "keep": [[card["cluster"]]],
            "release": [],
        }
        for group in (
            "base.group_user",
            "base.group_portal",
            "crm_extended.group_customer_user",
            "crm_extended.group_customer_manager",
            "crm_extended.group_import_user",
            "crm_extended.group_privacy_officer",
        ):
            user = new_test_user(self.env, group, groups=group)
            for name, args in calls.items():
                with self.subTest(group=group, call=name):
                    with self.assertRaises(AccessError):
                        getattr(self.review(user), name)(*args)
        self.assertEqual(self.matches(self.eva).state, "pending")

    def test_decisions_are_read_by_stewards_and_written_by_nobody(self):
        card = self.card("Eva")
        self.review().decide(card["cluster"], card["match_ids"], "distinct")
        decision = self.env["crm.review.decision"].with_user(self.colleague)
        decision = decision.search([("user_id", "=", self.steward.id)])
        self.assertEqual(decision.user_id, self.steward)
        for attempt in (
            lambda: decision.write({"state": "merged"}),
            lambda: decision.unlink(),
            lambda: decision.create({"state": "later", "user_id": self.steward.id}),
        ):
            with self.assertRaises(AccessError):
                attempt()
        with self.assertRaises(AccessError):
            self.env["crm.review.claim"].with_user(self.steward).search([]).read()

    def test_clusters_of_another_company_are_absent_and_refused(self):
        card = self.card("Eva")
        self.review().release()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.eva.company_id = other
        self.matches(self.eva).sudo().write({"company_id": other.id})
        self.env.invalidate_all()
        queue = self.review().read_queue(10)
        names = [c["records"][0]["name"] for c in queue["cards"]]
        self.assertEqual(names, ["Jan", "Petr"])
        answer = self.review().merge(
            card["cluster"], card["match_ids"], self.eva[0].id, self.eva[1].ids
        )
        self.assertIn("gone", answer)
        self.assertTrue(self.eva[1].active)

    def test_hostile_arguments_are_refused_clearly(self):
        card = self.card("Eva")
        cluster, ids = card["cluster"], card["match_ids"]
        target, sources = self.eva[0].id, self.eva[1].ids
        stranger = self.petr[0].id
        wrong = [None, True, -1, 2**31, 2**63, 1.5, "1", [1], {"id": 1}, "\x00"]
        review = self.review()
        calls = [lambda v=v: review.read_queue(v) for v in wrong]
        calls += [lambda v=v: review.read_queue(1, v) for v in wrong[1:-3] + [[None]]]
        calls += [lambda v=v: review.merge(v, ids, target, sources) for v in wrong]
        calls += [lambda v=v: review.merge(cluster, ids, v, sources) for v in wrong]
        calls += [lambda v=v: review.merge(cluster, ids, target, [v]) for v in wrong]
        calls += [lambda v=v: review.decide(cluster, ids, v) for v in wrong]
        calls += [lambda v=v: review.keep([v]) for v in wrong]
        calls += [
            lambda: review.keep([1] * 5000),
            lambda: review.decide(cluster, ids, "merged"),
            lambda: review.merge(cluster, ids, target, []),
            lambda: review.merge(cluster, ids, target, [target]),
            lambda: review.merge(cluster, ids, target, [stranger]),
            lambda: review.merge(cluster, ids, stranger, sources),
        ]
        calls += [
            lambda c=c: review.merge(cluster, ids, target, sources, c)
            for c in (
                {"phone": stranger},
                {"phone": None},
                {"phone": [target]},
                {"user_ids": target},
                {"company_id": target},
                {None: target},
                "phone",
                [1],
            )
        ]
        for number, call in enumerate(calls):
            with self.subTest(call=number), self.assertRaises(UserError):
                call()
        self.assertEqual(self.matches(self.eva).state, "pending")
        self.assertTrue(self.eva[1].active)
