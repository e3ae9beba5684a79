from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestExchangeScore(TransactionCase):
    def test_scores_are_told_to_who_may_read_them(self):
        anna = self.env["res.partner"].create({"name": "Anna"})
        score = self.env["crm.score"].search([], limit=1)
        value = self.env["crm.score.value"].create(
            {
                "partner_id": anna.id,
                "score_id": score.id,
                "value": 0.25,
                "date": "2026-03-01",
            }
        )
        for mode in ("plain", "all"):
            client = self.env["crm.exchange.client"].create(
                {
                    "name": mode,
                    "code": f"SCORE-{mode}",
                    "scope_ids": [(0, 0, {"entity": "score", "field_mode": mode})],
                }
            )
            exchange = self.env["crm.exchange"].with_user(client.user_id)
            answer = exchange.get(entity="score", keys=[{"id": value.id}])
            [record] = answer["data"]["records"]
            self.assertEqual(record["data"]["score"], score.code)
            self.assertEqual(record["data"].get("value"), {"all": "0.25"}.get(mode))
