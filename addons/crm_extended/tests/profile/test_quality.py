from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.profile.quality_words import REMEDIES
from ...quality.findings import SEVERITIES
from .profile_common import ProfileCase


class QualityCase(ProfileCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.quality.fault"].search([]).unlink()
        cls.scores = cls.env["crm.quality.score"]
        cz = cls.env.ref("base.cz")
        good = {
            "phone": "+420601112233",
            "street": "Korunní 48",
            "zip": "120 00",
            "city": "Praha",
            "country_id": cz.id,
        }
        cls.anna.write({**good, "name": "Anna Dobrá", "email": "anna@seznam.cz"})
        cls.boris.write(
            {
                **good,
                "name": "BORIS VESELÝ",
                "email": "boris@gmial.com",
                "phone": "601 112 234",
                "zip": "12000",
            }
        )
        cls.cyril.write({"email": "nobody", "phone": "123", "country_id": cz.id})
        cls.judge()

    @classmethod
    def judge(cls, partners=None):
        cls.env["crm.quality.score"]._assess((partners or cls.customers).ids)

    def quality(self, partner):
        return self.scores.search([("partner_id", "=", partner.id)])

    def faults(self, partner, state="open"):
        return self.env["crm.quality.fault"].search(
            [("partner_id", "=", partner.id), ("state", "=", state)]
        )

    def codes(self, partner, state="open"):
        return set(self.faults(partner, state).mapped(lambda f: (f.field, f.code)))

    def fault(self, partner, code):
        return self.faults(partner).filtered(lambda f: f.code == code)


@tagged("post_install", "-at_install")
class TestQuality(QualityCase):
    def test_good_record_is_good_and_bad_one_is_poor(self):
        self.assertEqual(self.quality(self.anna).score, 100)
        self.assertEqual(self.quality(self.anna).band_id.name, "Good")
        self.assertFalse(self.codes(self.anna))
        self.assertLess(self.quality(self.cyril).score, 55)
        self.assertEqual(self.quality(self.cyril).band_id.name, "Poor")
        self.assertLessEqual(
            {("email", "email_invalid"), ("phone", "phone_invalid")},
            self.codes(self.cyril),
        )

    def test_each_fault_has_its_remedy_in_words(self):
        fault = self.fault(self.boris, "email_typo").with_user(self.shop)
        self.assertEqual(fault._get_label(), "E-mail")
        self.assertEqual(fault.proposal, "boris@gmail.com")
        words = dict(fault._fields["code"]._description_selection(fault.env))
        self.assertIn("slip", words[fault.code])
        self.assertEqual(words.keys(), SEVERITIES.keys())
        self.assertEqual(REMEDIES.keys(), SEVERITIES.keys())
        self.assertIn("Take the proposal", fault.remedy)

    def test_value_written_in_the_list_goes_to_the_customer_and_fixes_the_fault(self):
        fault = self.fault(self.cyril, "email_invalid").with_user(self.steward)
        fault.write({"value": "cyril@seznam.cz"})
        self.assertEqual(self.cyril.email, "cyril@seznam.cz")
        self.assertEqual((fault.state, fault.user_id), ("fixed", self.steward))

    def test_country_is_filled_in_by_name_or_code(self):
        fault = self.faults(self.dana).filtered(lambda f: f.field == "country")
        fault = fault.with_user(self.steward)
        with self.assertRaisesRegex(UserError, "No country is called Atlantis"):
            fault.write({"value": "Atlantis"})
        fault.write({"value": "pl"})
        self.assertEqual(self.dana.country_id.code, "PL")

    def test_skipped_fault_stays_away_until_the_value_changes(self):
        fault = self.fault(self.cyril, "phone_invalid").with_user(self.steward)
        fault.action_skip()
        self.judge()
        self.assertEqual(fault.state, "skipped")
        self.cyril.phone = "1234"
        self.judge()
        self.assertEqual(fault.state, "open")

    def test_snoozed_fault_comes_back_on_its_day(self):
        fault = self.fault(self.cyril, "phone_invalid").with_user(self.steward)
        fault.action_snooze(days=7)
        self.judge()
        self.assertEqual(fault.state, "snoozed")
        fault.sudo().until = fields.Date.today()
        self.judge()
        self.assertEqual(fault.state, "open")
        for days in (0, -1, 10**6, "7", True, None):
            with self.subTest(days=days), self.assertRaises(UserError):
                fault.action_snooze(days=days)

    def test_only_those_who_changed_are_judged_again(self):
        self.scores._assess(self.scores._find_changed())
        self.assertEqual(self.scores._find_changed(), [])
        self.anna.email = "anna@seznma.cz"
        self.env.flush_all()
        # in one transaction all writes have one date
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date + interval '1 minute' "
            "WHERE id = %s",
            [self.anna.id],
        )
        self.assertEqual(self.scores._find_changed(), self.anna.ids)
        self.env["crm.quality.run"]._cron_check_changed()
        self.assertEqual(self.codes(self.anna), {("email", "email_typo")})

    def test_known_attribute_counts_once_it_weighs(self):
        self.env["crm.quality.rule"].create(
            {
                "kind": "person",
                "field": "attribute",
                "attribute_id": self.born.id,
                "weight": 100,
            }
        )
        self.judge()
        self.assertEqual(self.quality(self.anna).score, 50)
        self.say(self.anna, self.born, "1984-05-06")
        self.assertIn(self.anna.id, self.scores._find_changed())
        self.judge()
        self.assertEqual(self.quality(self.anna).score, 100)

    def _grow_old(self, partner, days):
        day = fields.Date.to_string(fields.Date.today() - timedelta(days=days))
        score = self.quality(partner)
        score.stamps = {
            name: [digest, day] for name, (digest, _) in score.stamps.items()
        }
        self.env.flush_all()
        self.judge(partner)

    def test_old_values_are_doubted_until_somebody_confirms_them(self):
        self._grow_old(self.anna, 3000)
        quality = self.quality(self.anna)
        self.assertLess(quality.freshness, 50)
        self.assertGreater(quality.score, 50)
        stale = self.fault(self.anna, "stale").with_user(self.steward)
        self.assertIn("email", stale.mapped("field"))
        stale[0].action_confirm()
        self.assertEqual(self.quality(self.anna).score, 100)
        self.assertEqual(set(stale.mapped("state")), {"fixed"})

    def test_source_that_says_the_same_confirms_it(self):
        source = self.env["crm.source"].create({"name": "S", "code": "T-Q"})
        self._grow_old(self.anna, 3000)
        self.env["crm.source.record"].create(
            {
                "source_id": source.id,
                "key": "1",
                "partner_id": self.anna.id,
                "accepted": {"email": "anna@seznam.cz", "phone": "+1"},
            }
        )
        self.judge()
        fields_ = self.fault(self.anna, "stale").mapped("field")
        self.assertNotIn("email", fields_)
        self.assertIn("phone", fields_)

    def test_valuable_customers_come_first(self):
        clv = self.env["crm.score"].search([("code", "=", "clv")])
        clv = clv or self.env["crm.score"].create({"name": "CLV", "code": "clv"})
        self.env["crm.score.value"].search([("score_id", "=", clv.id)]).unlink()
        clv._store(
            [(self.cyril.id, 10, None), (self.boris.id, 900, None)], "2030-01-01"
        )
        self.scores._rank_worth()
        self.judge()
        mine = [("partner_id", "in", (self.boris | self.cyril).ids)]
        found = self.env["crm.quality.fault"].search(mine)
        self.assertEqual(found[0].partner_id, self.boris)
        errors = found.filtered(lambda f: f.partner_id == self.cyril)
        self.assertEqual(errors[0].severity, "3")

    def test_customers_are_filtered_and_grouped_by_band(self):
        partners = self.env["res.partner"].with_user(self.shop)
        mine = [("id", "in", self.customers.ids)]
        groups = partners._read_group(mine, ["quality_band_ids"], ["__count"])
        self.assertEqual(
            {band.name: count for band, count in groups},
            {"Good": 1, "Fair": 1, "Poor": 2},
        )
        poor = partners.search([*mine, ("quality_band_ids", "=", "Poor")])
        self.assertIn(self.cyril, poor)

    def test_moved_band_takes_its_customers_along(self):
        self.env.ref("crm_extended.quality_band_fair").minimum = 79
        self.assertEqual(self.quality(self.boris).band_id.name, "Poor")
        self.assertEqual(self.quality(self.anna).band_id.name, "Good")

    def test_run_tells_progress_and_notes_the_day(self):
        source = self.env["crm.source"].create({"name": "S", "code": "T-Q"})
        self.env["crm.source.record"].create(
            {
                "source_id": source.id,
                "key": "1",
                "partner_id": self.anna.id,
                "accepted": {"name": "Anna", "email": "anna@seznam.cz", "phone": None},
            }
        )
        run = self.env["crm.quality.run"].with_user(self.steward).create({})
        run._run()
        self.assertEqual((run.state, run.error), ("done", False))
        self.assertGreater(run.customer_count, 4)
        day = self.env["crm.quality.day"].search([("source_id", "=", source.id)])
        self.assertEqual((day.customer_count, day.score), (1, 100))
        self.assertEqual(round(day.brought_completeness), 40)  # name 15, e-mail 25
        self.assertEqual(round(source.brought_completeness), 40)
        run._run()  # the same day again replaces it
        again = self.env["crm.quality.day"].search([("source_id", "=", source.id)])
        self.assertEqual(again, day)

    def test_archived_customers_are_no_work(self):
        self.cyril.active = False
        self.env.flush_all()
        self.scores._forget_others()
        self.env.invalidate_all()
        self.assertFalse(self.faults(self.cyril))
        self.assertFalse(self.quality(self.cyril))

    def test_address_of_a_contact_person_is_mended_at_the_company(self):
        company = self.env["res.partner"].create(
            {
                "name": "Sbor",
                "is_company": True,
                "zip": "12000",
                "country_id": self.env.ref("base.cz").id,
            }
        )
        person = self.env["res.partner"].create(
            {"name": "Jana Malá", "parent_id": company.id, "type": "contact"}
        )
        self.judge(company | person)
        self.assertIn(("zip", "zip_format"), self.codes(company))
        self.assertNotIn("zip", self.faults(person).mapped("field"))
        fix = self.env["crm.quality.fix"]._propose(self.faults(company))
        fix.action_apply()
        self.assertEqual((company.zip, person.zip), ("120 00", "120 00"))

    def test_two_thousand_customers_take_as_many_queries_as_ten(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Many {n}", "phone": "12"} for n in range(2000)]
        )
        self.judge(partners[:10])
        counts = []
        for part in (partners[:10], partners):
            start = self.env.cr.sql_log_count
            self.judge(part)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])

    def test_writing_a_customer_costs_no_query_more(self):
        self.env["crm.quality.score"]._assess(self.anna.ids)
        self.anna.phone = "+420601112299"
        self.env.flush_all()
        start = self.env.cr.sql_log_count
        self.anna.phone = "+420601112298"
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - start
        self.assertLess(queries, 12)


@tagged("post_install", "-at_install")
class TestNormalisation(QualityCase):
    def _propose(self, partners):
        faults = self.env["crm.quality.fault"].search(
            [("partner_id", "in", partners.ids), ("state", "=", "open")]
        )
        action = faults.with_user(self.steward).action_normalise()
        fix = self.env["crm.quality.fix"].browse(action["res_id"])
        return fix.with_user(self.steward)

    def test_preview_changes_nothing_and_slips_are_not_ticked(self):
        fix = self._propose(self.boris)
        self.assertEqual(self.boris.phone, "601 112 234")
        taken = {line.field: line.take for line in fix.line_ids}
        self.assertEqual(
            taken, {"phone": True, "zip": True, "name": True, "email": False}
        )

    def test_written_at_once_with_what_follows_and_undone(self):
        fix = self._propose(self.boris)
        fix.action_apply()
        self.assertEqual(
            (self.boris.phone, self.boris.zip, self.boris.name),
            ("+420601112234", "120 00", "Boris Veselý"),
        )
        self.assertEqual(self.boris.email, "boris@gmial.com")
        self.assertEqual(self.boris.phone_sanitized, "+420601112234")
        self.assertEqual(self.boris.complete_name, "Boris Veselý")
        self.assertEqual(self.codes(self.boris), {("email", "email_typo")})
        fix.action_undo()
        self.assertEqual(
            (self.boris.phone, self.boris.zip, self.boris.name),
            ("601 112 234", "12000", "BORIS VESELÝ"),
        )
        self.assertIn(("zip", "zip_format"), self.codes(self.boris))

    def test_value_changed_meanwhile_is_left_alone(self):
        fix = self._propose(self.boris)
        self.boris.phone = "+420777888999"
        fix.action_apply()
        self.assertEqual(self.boris.phone, "+420777888999")
        self.assertEqual(fix.stale_count, 1)
        self.boris.zip = "150 00"
        fix.action_undo()
        self.assertEqual(self.boris.zip, "150 00")
        self.assertEqual(self.boris.name, "BORIS VESELÝ")

    def test_twice_is_refused(self):
        fix = self._propose(self.boris)
        fix.action_apply()
        with self.assertRaisesRegex(UserError, "done already"):
            fix.action_apply()
        with self.assertRaises(UserError):
            fix.unlink()

    def test_proposals_are_not_edited(self):
        fix = self._propose(self.boris)
        line = fix.line_ids[0]
        line.take = False
        for values in (
            {"new_value": "x"},
            {"partner_id": self.anna.id},
            {"state": "applied"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                line.write(values)
        with self.assertRaises(AccessError):
            fix.write({"state": "done"})

    def test_nothing_to_propose_is_told(self):
        with self.assertRaisesRegex(UserError, "With a Proposal"):
            self._propose(self.anna)
