from datetime import timedelta

from odoo import fields, models
from odoo.tools import plaintext2html


class CrmSegmentAction(models.Model):
    """Each kind of action, for many customers at once."""

    _inherit = "crm.segment.action"

    def _get_deadline(self):
        return fields.Date.context_today(self) + timedelta(days=self.days)

    # ------------------------------------------------------------------ activities

    def _check_activity(self):
        if not self.activity_type_id:
            return self.env._("Choose the type of the activity.")

    def _do_activity(self, partners):
        model = self.env["ir.model"]._get_id("res.partner")
        activities = self.env["mail.activity"].create(
            [
                {
                    "res_model_id": model,
                    "res_id": partner.id,
                    "activity_type_id": self.activity_type_id.id,
                    "summary": self.summary or self.segment_id.name,
                    "note": plaintext2html(self.note or ""),
                    "date_deadline": self._get_deadline(),
                    "user_id": self._get_responsible(partner).id,
                }
                for partner in partners
            ]
        )
        return dict(zip(partners, activities, strict=True))

    def _check_plan(self):
        if not self.plan_id:
            return self.env._("Choose the activity plan.")

    def _do_plan(self, partners):
        schedule = self.env["mail.activity.schedule"].create(
            {
                "res_model": "res.partner",
                "res_ids": repr(partners.ids),
                "plan_id": self.plan_id.id,
                "plan_date": fields.Date.context_today(self),
                "plan_on_demand_user_id": (self.responsible_id or self.user_id).id,
            }
        )
        schedule.action_schedule_plan()
        return dict.fromkeys(partners, self.plan_id)

    # ------------------------------------------------------------------ mailing lists

    def _check_list_in(self):
        if not self.list_id:
            return self.env._("Choose the mailing list.")

    _check_list_out = _check_list_in

    def _find_contacts(self, partners):
        """{normalized address: contact of the mailing lists}"""
        emails = list(filter(None, partners.mapped("email_normalized")))
        contacts = self.env["mailing.contact"].search(
            [("email_normalized", "in", emails)], order="id desc"
        )
        return {contact.email_normalized: contact for contact in contacts}

    def _do_list_in(self, partners):
        """Only who may be mailed for the purpose of the list; a refusal stays one."""
        # sudo: whether mailing is allowed, not what was said
        consents = self.env["crm.consent"].sudo()
        purpose = self.list_id.sudo()._get_purpose()
        reachable = partners.filtered("email_normalized")
        if purpose:
            reachable = consents._allowed(reachable, purpose, "mail")
        known = self._find_contacts(reachable)
        fresh = {p.email_normalized: p for p in reachable}
        fresh = {email: p for email, p in fresh.items() if email not in known}
        created = self.env["mailing.contact"].create(
            [
                {
                    "name": partner.name,
                    "email": email,
                    "country_id": partner.country_id.id,
                }
                for email, partner in fresh.items()
            ]
        )
        known |= dict(zip(fresh, created, strict=True))
        subscriptions = self.env["mailing.subscription"]
        contacts = self.env["mailing.contact"].union(*known.values())
        there = subscriptions.search(
            [("list_id", "=", self.list_id.id), ("contact_id", "in", contacts.ids)]
        ).contact_id
        subscriptions.create(
            [
                {"list_id": self.list_id.id, "contact_id": contact.id}
                for contact in contacts - there
            ]
        )
        return {partner: known[partner.email_normalized] for partner in reachable}

    def _do_list_out(self, partners):
        """Taken off is not refused: no objection is noted."""
        known = self._find_contacts(partners)
        contacts = self.env["mailing.contact"].union(*known.values())
        self.env["mailing.subscription"].search(
            [
                ("list_id", "=", self.list_id.id),
                ("contact_id", "in", contacts.ids),
                ("opt_out", "=", False),
            ]
        ).unlink()
        return {p: known.get(p.email_normalized, contacts[:0]) for p in partners}

    # ------------------------------------------------------------------ tasks

    def _check_task(self):
        if not (self.project_id and self.summary):
            return self.env._("Choose the project and give the task a title.")

    def _do_task(self, partners):
        tasks = self.env["project.task"].create(
            [
                {
                    "name": f"{self.summary}: {partner.display_name}",
                    "project_id": self.project_id.id,
                    "partner_id": partner.id,
                    "description": plaintext2html(self.note or ""),
                    "date_deadline": fields.Datetime.to_datetime(self._get_deadline()),
                    "user_ids": [(6, 0, self._get_responsible(partner).ids)],
                }
                for partner in partners
            ]
        )
        return dict(zip(partners, tasks, strict=True))
