from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .review_common import ReviewCase


@tagged("post_install", "-at_install")
class TestReview(ReviewCase):
    def merge(self, card, target, sources, choices=None, user=None):
        return self.review(user).merge(
            card["cluster"], card["match_ids"], target.id, sources.ids, choices
        )

    def test_surest_cluster_comes_first_with_all_that_decides_it(self):
        queue = self.review().read_queue(2)
        self.assertEqual(queue["left"], 3)
        names = [card["records"][0]["name"] for card in queue["cards"]]
        self.assertEqual(names, ["Jan", "Eva"])
        card = queue["cards"][0]
        self.assertEqual([r["id"] for r in card["records"]], self.jan.ids)
        self.assertEqual(len(card["pairs"]), 3)
        self.assertEqual(card["pairs"][0]["waterfall"][0]["bits"], 20)
        phone = self.row(card, "phone")
        self.assertTrue(phone["differs"])
        self.assertFalse(self.row(card, "name")["differs"])
        cell = phone["cells"][str(self.jan[1].id)]  # texts: XML-RPC knows no other
        self.assertEqual(cell["text"], "+420 601 000 001")
        origin = cell["origin"]
        self.assertEqual(origin["source"], "Entered here")
        self.assertIn(phone["proposal"]["partner_id"], self.jan.ids)

    def test_origin_and_proposal_follow_the_trusted_source(self):
        source = self.env["crm.source"].create(
            {"name": "Card Office", "code": "CARDS", "kind": "file", "trust": 95}
        )
        self.env["crm.source.record"].sudo().create(
            {
                "source_id": source.id,
                "key": "1",
                "partner_id": self.eva[1].id,
                "payload": {},
                "accepted": {"phone": self.eva[1].phone},
                "received_at": "2026-01-02 03:04:05",
            }
        )
        phone = self.row(self.card("Eva"), "phone")
        origin = phone["cells"][str(self.eva[1].id)]["origin"]
        self.assertEqual((origin["source"], origin["trust"]), ("Card Office", 95))
        self.assertEqual(origin["date"], "2026-01-02 03:04:05")
        self.assertEqual(phone["proposal"]["partner_id"], self.eva[1].id)

    def test_merge_takes_the_value_chosen_by_hand_and_the_proposed_rest(self):
        card = self.card("Eva")
        proposed = self.row(card, "phone")["proposal"]["partner_id"]
        other = self.eva.filtered(lambda p: p.id != proposed)
        told = self.merge(card, self.eva[0], self.eva[1], {"phone": other.id})["told"]
        self.assertIn("Eva", told)
        self.assertEqual(self.eva[0].phone, other.phone)
        self.assertEqual(self.eva[1].merged_into_id, self.eva[0])
        match = self.matches(self.eva)
        self.assertEqual((match.state, match.decided_by_id), ("merged", self.steward))
        decision = self.env["crm.review.decision"].search([], limit=1)
        self.assertEqual(decision.user_id, self.steward)
        self.assertEqual(decision.merge_id.partner_id, self.eva[0])
        self.assertEqual(decision.chosen, {"phone": other.id})
        self.assertEqual(self.review().read_queue(1)["left"], 2)

    def test_record_left_out_is_not_the_same(self):
        card = self.card("Jan")
        self.merge(card, self.jan[0], self.jan[2])
        self.assertTrue(self.jan[1].active)
        states = {(m.partner_id | m.other_id): m.state for m in self.matches(self.jan)}
        self.assertEqual(states[self.jan[0] | self.jan[2]], "merged")
        self.assertEqual(states[self.jan[0] | self.jan[1]], "distinct")
        self.assertEqual(states[self.jan[1] | self.jan[2]], "distinct")

    def test_proposal_follows_who_is_in(self):
        card = self.card("Jan")
        phone = self.row(card, "phone")["proposal"]["partner_id"]
        rest = self.jan.filtered(lambda p: p.id != phone)
        proposals = self.review().read_proposals(
            card["cluster"], card["match_ids"], rest[0].id, rest[1].ids
        )
        self.assertIn(proposals["phone"]["partner_id"], rest.ids)

    def test_not_the_same_is_kept_and_later_is_taken_up_again(self):
        eva, petr = self.card("Eva"), self.card("Petr")
        self.review().decide(eva["cluster"], eva["match_ids"], "distinct")
        self.review().decide(petr["cluster"], petr["match_ids"], "later")
        queue = self.review().read_queue(3)
        self.assertEqual((queue["left"], queue["later"]), (1, 1))
        self.assertEqual(self.review().take_up_later(), 1)
        self.assertEqual(self.review().read_queue(3)["left"], 2)
        self.assertEqual(self.matches(self.eva).state, "distinct")

    def test_last_decisions_are_undone_one_by_one(self):
        card = self.card("Jan")
        self.merge(card, self.jan[0], self.jan[1])
        eva = self.card("Eva")
        self.review().decide(eva["cluster"], eva["match_ids"], "distinct")
        answer = self.review().undo()
        self.assertEqual(answer["cards"][0]["records"][0]["name"], "Eva")
        self.assertEqual(self.matches(self.eva).state, "pending")
        answer = self.review().undo()
        self.assertEqual([r["id"] for r in answer["cards"][0]["records"]], self.jan.ids)
        self.assertTrue(self.jan[1].active)
        self.assertEqual(set(self.matches(self.jan).mapped("state")), {"pending"})
        with self.assertRaisesRegex(UserError, "no decision to undo"):
            self.review().undo()

    def test_only_own_decisions_are_undone(self):
        card = self.card("Eva")
        self.review().decide(card["cluster"], card["match_ids"], "distinct")
        with self.assertRaisesRegex(UserError, "no decision"):
            self.review(self.colleague).undo()

    def test_two_stewards_get_different_clusters(self):
        mine = self.review().read_queue(2)
        theirs = self.review(self.colleague).read_queue(3)
        names = [card["records"][0]["name"] for card in theirs["cards"]]
        self.assertEqual(names, ["Petr"])
        self.assertFalse(self.review(self.colleague).read_queue(1, [])["busy"])
        lost = self.review(self.colleague).keep([mine["cards"][0]["cluster"]])
        self.assertEqual(lost, [mine["cards"][0]["cluster"]])
        self.review().release()
        again = self.review(self.colleague).read_queue(3)
        self.assertEqual(len(again["cards"]), 3)

    def test_who_waits_for_others_is_told_for_whom(self):
        self.review().read_queue(10)
        queue = self.review(self.colleague).read_queue(3)
        self.assertEqual((queue["cards"], queue["busy"]), ([], ["Stella"]))

    def test_claim_that_nobody_renews_ends(self):
        self.review().read_queue(10)
        self.env.cr.execute("UPDATE crm_review_claim SET until = until - interval '1h'")
        self.env.invalidate_all()
        self.assertEqual(len(self.review(self.colleague).read_queue(10)["cards"]), 3)

    def test_second_decision_is_told_of_the_first_and_changes_nothing(self):
        card = self.card("Eva")
        self.review().release()
        self.card("Eva", user=self.colleague)
        answer = self.merge(card, self.eva[0], self.eva[1])
        self.assertIn("Clara looks at these", answer["gone"])
        self.review(self.colleague).decide(
            card["cluster"], card["match_ids"], "distinct"
        )
        answer = self.merge(card, self.eva[0], self.eva[1])
        self.assertIn("Clara changed or decided", answer["gone"])
        self.assertTrue(self.eva[1].active)
        answer = self.review().decide(card["cluster"], card["match_ids"], "later")
        self.assertIn("gone", answer)
        self.assertEqual(self.matches(self.eva).state, "distinct")

    def test_what_must_not_be_merged_is_refused_and_stays_in_the_queue(self):
        self.eva.write({"company_id": self.env.company.id})
        card = self.card("Eva")
        self.env["res.users"].with_context(no_reset_password=True).create(
            [
                {"name": f"Staff {p.id}", "login": f"s{p.id}", "partner_id": p.id}
                for p in self.eva
            ]
        )
        with self.assertRaisesRegex(UserError, "login"):
            self.merge(card, self.eva[0], self.eva[1])
        self.assertEqual(self.matches(self.eva).state, "pending")
        mine = [("user_id", "=", self.steward.id)]
        self.assertFalse(self.env["crm.review.decision"].search(mine))

    def test_merge_and_its_decision_are_one(self):
        card = self.card("Eva")
        decide = type(self.env["crm.match"])._decide
        with (
            patch.object(type(self.env["crm.match"]), "_decide", side_effect=KeyError),
            self.assertRaises(KeyError),
            self.env.cr.savepoint(),
        ):
            self.merge(card, self.eva[0], self.eva[1])
        self.env.invalidate_all()
        self.assertIs(type(self.env["crm.match"])._decide, decide)
        self.assertTrue(self.eva[1].active)

    def test_documents_are_counted_as_far_as_the_reader_may_see_them(self):
        self.env["sale.order"].create({"partner_id": self.eva[1].id})
        records = {r["id"]: r["documents"] for r in self.card("Eva")["records"]}
        self.assertNotIn("orders", records[self.eva[1].id])
        self.steward.group_ids += self.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        card = self.card("Eva")
        records = {r["id"]: r["documents"] for r in card["records"]}
        self.assertEqual(records[self.eva[1].id]["orders"], 1)
        self.assertEqual(card["target_id"], self.eva[1].id, "it has the documents")

    def test_queries_do_not_grow_with_clusters(self):
        def count(number):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            cards = self.review().read_queue(number)["cards"]
            self.assertEqual(len(cards), number)
            return self.env.cr.sql_log_count - before

        count(1)  # caches of rules and groups
        few = count(1)
        for name in ("Anna", "Berta", "Cyril", "Dana", "Emil", "Filip", "Gita"):
            self.make_cluster(name, 4, weight=12)
        many = count(10)
        self.assertLessEqual(many, few + 2)
        self.assertLess(many, 70)
