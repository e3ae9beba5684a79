from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

BIRTHDAYS = """
    SELECT v.partner_id, v.value_date
      FROM crm_attribute_value v
      JOIN crm_attribute a ON a.id = v.attribute_id AND a.code = 'birth_date'
      JOIN res_partner p ON p.id = v.partner_id AND p.active
     WHERE v.valid_to IS NULL AND to_char(v.value_date, 'MM-DD') = ANY(%(days)s)
       AND v.value_date < %(first)s
       AND NOT EXISTS (SELECT FROM crm_loyalty_event e
                        WHERE e.kind_id = %(kind)s
                          AND e.key = v.partner_id || '/' || %(year)s)
"""
COURSES = """
    SELECT s.id, s.partner_id, c.name->>'en_US' FROM slide_channel_partner s
      JOIN slide_channel c ON c.id = s.channel_id
     WHERE s.member_status = 'completed'
       AND NOT EXISTS (SELECT FROM crm_loyalty_event e
                        WHERE e.kind_id = %(kind)s AND e.key = s.id::text)
     LIMIT 10000
"""


class LoyaltyEvent(models.Model):
    """What other parts of Odoo tell: birthdays, courses, visits."""

    _inherit = "crm.loyalty.event"

    @api.model
    def _cron_collect(self):
        """Note what nobody tells: birthdays of today, finished courses, values of
        points.
        """
        self.env["loyalty.program"]._refresh_budgets()
        self._collect_birthdays(fields.Date.context_today(self))
        if "slide.channel.partner" in self.env:
            self._collect_courses()

    @api.model
    def _collect_birthdays(self, day):
        """Customers born on this day of the year; 29 February is kept on the 28th.

        Who was born this very year has no birthday yet. The key holds the year, so that
        a day on which the job runs twice counts once.
        """
        days = [day.strftime("%m-%d")]
        if days == ["02-28"] and not _is_leap(day.year):
            days.append("02-29")
        kind = self.env.ref("crm_extended.loyalty_event_kind_birthday", False)
        if not kind:
            return 0
        rows = self.env.execute_query(
            SQL(
                BIRTHDAYS,
                days=days,
                first=date(day.year, 1, 1),
                kind=kind.id,
                year=str(day.year),
            )
        )
        return self._happened(
            kind.code,
            [
                {
                    "partner_id": id_,
                    "key": f"{id_}/{day.year}",
                    "document": str(day.year),
                }
                for id_, _born in rows
            ],
        )

    @api.model
    def _collect_courses(self):
        kind = self.env.ref("crm_extended.loyalty_event_kind_course", False)
        if not kind:
            return 0
        self.env["slide.channel.partner"].flush_model()
        rows = self.env.execute_query(SQL(COURSES, kind=kind.id))
        return self._happened(
            kind.code,
            [
                {"partner_id": partner, "key": str(id_), "document": name}
                for id_, partner, name in rows
            ],
        )


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


class SurveyUserInput(models.Model):
    """An answered survey is a loyalty event of whoever answered it."""

    _inherit = "survey.user_input"

    def _mark_done(self):
        result = super()._mark_done()
        rows = [
            {
                "partner_id": answer.partner_id.id,
                "key": str(answer.id),
                "document": answer.survey_id.display_name,
            }
            for answer in self.sudo()  # sudo: the answering visitor reads no surveys
            if answer.partner_id and not answer.test_entry
        ]
        self.env["crm.loyalty.event"]._happened("survey", rows)
        return result


class RatingRating(models.Model):
    """A given rating is a loyalty event of the customer."""

    _inherit = "rating.rating"

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        ratings._tell_loyalty()
        return ratings

    def write(self, vals):
        result = super().write(vals)
        if vals.get("consumed"):
            self._tell_loyalty()
        return result

    def _tell_loyalty(self):
        rows = [
            {
                "partner_id": rating.partner_id.id,
                "key": str(rating.id),
                "document": rating.res_name,
            }
            for rating in self.sudo()  # sudo: the customer rates by a link
            if rating.consumed and rating.partner_id
        ]
        if rows:
            self.env["crm.loyalty.event"]._happened("rating", rows)


class ResUsers(models.Model):
    """Signing up in the portal is a loyalty event."""

    _inherit = "res.users"

    def _signup_create_user(self, values):
        user = super()._signup_create_user(values)
        partner = user.sudo().partner_id
        self.env["crm.loyalty.event"]._happened(
            "registration", [{"partner_id": partner.id, "key": str(partner.id)}]
        )
        return user


class ResPartner(models.Model):
    """A visit is noted at the counter, once a day."""

    _inherit = "res.partner"

    def action_loyalty_visit(self):
        """Note that these customers are in the shop today."""
        self.check_access("read")
        if not self.env.user.has_group("crm_extended.group_loyalty_user"):
            raise AccessError(
                self.env._("Only members of Loyalty / User note visits of customers.")
            )
        today = fields.Date.context_today(self)
        new = self.env["crm.loyalty.event"]._happened(
            "visit",
            [
                {
                    "partner_id": partner.id,
                    "key": f"{partner.id}/{today}",
                    "company_id": self.env.company.id,
                }
                for partner in self
            ],
        )
        text = (
            self.env._("The visit is noted; points follow in a moment.")
            if new
            else self.env._("A visit of today was noted before.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success" if new else "info", "message": text},
        }
