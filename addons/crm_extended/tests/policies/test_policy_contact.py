from datetime import datetime, timedelta
from unittest.mock import patch

import pytz

from odoo import fields
from odoo.tests import tagged

from .common import PolicyCase

MONDAY_10 = datetime(2026, 1, 5, 10)


@tagged("post_install", "-at_install")
class TestPolicyContact(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enter(cls.gold, cls.anna, cls.choir)
        (cls.anna | cls.choir | cls.singer).tz = "UTC"
        cls.purpose = cls.env["crm.consent.purpose"].create(
            {
                "name": "News",
                "code": "h8_news",
                "basis": "interest",
                "unknown": "yes",
                "channel_ids": [(6, 0, cls.env["crm.consent.channel"].search([]).ids)],
            }
        )
        cls.mail = cls.env.ref("crm_extended.consent_channel_mail")
        cls.call = cls.env.ref("crm_extended.consent_channel_call")

    def judge(self, partner, channel):
        return self.env["crm.consent"]._judge(partner, self.purpose, channel)[
            partner.id
        ]

    def ways(self, *ways):
        self.activate(self.policy(self.gold, way_ids=[(0, 0, way) for way in ways]))

    def test_a_channel_that_the_policy_does_not_use_is_spared(self):
        self.assertEqual(self.judge(self.anna, "sms"), "silent")
        self.ways({"channel_id": self.mail.id})
        self.assertEqual(self.judge(self.anna, "sms"), "policy_channel")
        self.assertEqual(self.judge(self.anna, "mail"), "silent")
        self.assertEqual(self.judge(self.eva, "sms"), "silent")

    def test_contact_persons_follow_their_company(self):
        self.ways({"channel_id": self.mail.id})
        self.assertEqual(self.judge(self.singer, "sms"), "policy_channel")

    def test_calls_keep_to_the_hours(self):
        self.ways(
            {
                "channel_id": self.call.id,
                "hour_from": 9,
                "hour_to": 12,
                "workdays": True,
            }
        )
        model = type(self.env["crm.consent"])
        for moment, verdict in (
            (MONDAY_10, "silent"),
            (datetime(2026, 1, 5, 12), "policy_hours"),
            (datetime(2026, 1, 4, 10), "policy_hours"),
        ):
            clock = pytz.utc.localize(moment)
            with patch.object(model, "_get_moment", lambda _self, at=clock: at):
                self.assertEqual(self.judge(self.anna, "call"), verdict, moment)

    def test_whoever_heard_enough_of_us_is_left_in_peace(self):
        self.activate(self.policy(self.gold, contact_cap=2, contact_cap_days=30))
        interactions = self.env["crm.interaction"]
        now = datetime.now()

        def reach(days, **values):
            interactions.create(
                {
                    "partner_id": self.singer.id,
                    "direction": "out",
                    "channel": "sms",
                    "date": fields.Datetime.to_string(now - timedelta(days=days)),
                    **values,
                }
            )

        reach(1)
        reach(40)
        reach(2, direction="in")
        reach(2, channel="order")
        self.assertEqual(self.judge(self.choir, "mail"), "silent")
        reach(3, channel="campaign")
        self.assertEqual(self.judge(self.choir, "mail"), "policy_cap")
        self.assertIn("policy", self.env["crm.consent"]._tell_verdict("policy_cap"))

    def test_a_refusal_says_more_than_a_policy(self):
        self.ways({"channel_id": self.mail.id})
        self.env["crm.consent"].create(
            {
                "partner_id": self.anna.id,
                "purpose_id": self.purpose.id,
                "answer": "objected",
            }
        )
        self.assertEqual(self.judge(self.anna, "sms"), "objected")

    def test_what_was_right_then_is_judged_by_then(self):
        self.ways({"channel_id": self.mail.id})
        verdicts = self.env["crm.consent"]._judge(
            self.anna, self.purpose, "sms", as_of=datetime.now()
        )
        self.assertEqual(verdicts[self.anna.id], "silent")

    def test_an_sms_in_bulk_leaves_them_out(self):
        self.anna.phone = "+420601112233"
        self.ways({"channel_id": self.mail.id})
        composer = self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": "res.partner",
                "res_ids": str(self.anna.ids),
                "body": "Concert",
                "purpose_id": self.purpose.id,
            }
        )
        info = composer._prepare_recipient_values(self.anna)
        self.assertIn(self.anna.id, composer._find_unwilling(self.anna, info))


@tagged("post_install", "-at_install")
class TestPolicyPlan(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lifecycle"].search([]).unlink()
        cls.plan = cls.env["mail.activity.plan"].create(
            {
                "name": "Back",
                "res_model": "res.partner",
                "template_ids": [
                    (
                        0,
                        0,
                        {
                            "activity_type_id": cls.env.ref(
                                "mail.mail_activity_data_call"
                            ).id,
                            "summary": "Thank",
                            "delay_count": 2,
                            "delay_from": "after_plan_date",
                        },
                    )
                ],
            }
        )
        cls.enter(cls.gold, cls.anna, cls.eva)
        line = {
            "phase": "won_back",
            "plan_id": cls.plan.id,
            "user_id": cls.clerk.id,
        }
        cls.policy_back = cls.policy(cls.gold, plan_ids=[(0, 0, line)])
        cls.activate(cls.policy_back)
        cls.policy_back.activated_at = fields.Datetime.now() - timedelta(days=3)

    def stay(self, partner, phase="won_back", days=0):
        self.env["crm.lifecycle"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "phase": phase,
                "valid_from": fields.Date.today() - timedelta(days=days),
            }
        )

    def test_entering_a_phase_begins_its_plan_once(self):
        self.stay(self.anna)
        self.stay(self.eva, "consumption")
        run = self.run_kind("reconcile")
        self.assertEqual(run.plan_count, 1)
        activity = self.anna.activity_ids
        self.assertEqual((activity.summary, activity.user_id), ("Thank", self.clerk))
        self.assertEqual(
            activity.date_deadline, fields.Date.today() + timedelta(days=2)
        )
        self.assertFalse(self.run_kind("reconcile").plan_count)
        self.assertEqual(len(self.anna.activity_ids), 1)

    def test_the_customers_salesperson_goes_first(self):
        self.anna.user_id = self.chief
        self.stay(self.anna)
        self.run_kind("reconcile")
        self.assertEqual(self.anna.activity_ids.user_id, self.chief)

    def test_a_phase_that_began_before_the_policy_is_no_change(self):
        self.stay(self.anna, days=5)
        self.assertFalse(self.run_kind("reconcile").plan_count)

    def test_others_have_no_plan(self):
        self.stay(self.choir)
        self.assertFalse(self.run_kind("reconcile").plan_count)
