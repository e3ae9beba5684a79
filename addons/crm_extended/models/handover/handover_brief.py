from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

MOST = 100  # briefs in one document
LAST = 5  # contacts and promises shown
SILENCE = 90  # days without a contact that are a risk


class HandoverBrief(models.AbstractModel):
    """What a successor must know of each customer, on a page or two.

    Everything is read with the reader's rights: what he may not see is absent. Any
    number of customers takes one query for each kind of fact.
    """

    _name = "report.crm_extended.handover_brief"
    _description = "Brief for the Successor"

    @api.model
    def _get_report_values(self, docids, data=None):
        lines = self.env["crm.handover.line"].browse(docids).exists()
        lines.check_access("read")
        lines = lines.filtered("partner_id")
        if not lines:
            raise UserError(self.env._("These lines have no customer to tell about."))
        if len(lines) > MOST:
            raise UserError(
                self.env._("Choose at most %(most)s customers at once.", most=MOST)
            )
        partners = self.env["res.partner"].with_context(active_test=False)
        family = partners.search(
            [("commercial_partner_id", "in", lines.partner_id.ids)]
        )
        heads = {member.id: member.commercial_partner_id.id for member in family}
        found = self._collect(family, heads)
        return {
            "doc_ids": lines.ids,
            "doc_model": lines._name,
            "docs": lines,
            "briefs": {
                line.id: {
                    name: of.get(line.partner_id.id, self.env["res.partner"])
                    for name, of in found.items()
                }
                for line in lines
            },
            "risks": {line.id: self._get_risks(line, found) for line in lines},
            "today": fields.Date.context_today(self),
        }

    @api.model
    def _collect(self, family, heads):
        """{kind: {customer id: records}}"""
        ids = family.ids
        own = [("partner_id", "in", ids)]
        contacts = family.filtered(lambda p: p.active and p.id != heads[p.id])
        documents = {
            "leads": ("crm.lead", [*own, ("won_status", "=", "pending")]),
            "orders": (
                "sale.order",
                [
                    *own,
                    "|",
                    ("state", "in", ("draft", "sent")),
                    "&",
                    ("state", "=", "sale"),
                    ("invoice_status", "!=", "invoiced"),
                ],
            ),
            "cases": ("helpdesk.ticket", [*own, ("closed", "=", False)]),
            "needs": ("crm.need", [*own, ("state", "in", ("open", "offered"))]),
            "lost_needs": ("crm.need", [*own, ("state", "=", "lost")]),
            "relations": ("crm.relation", [*own, ("is_current", "=", True)]),
            "debts": (
                "account.move",
                [
                    *own,
                    ("move_type", "=", "out_invoice"),
                    ("state", "=", "posted"),
                    ("payment_state", "in", ("not_paid", "partial")),
                    ("invoice_date_due", "<", "today"),
                ],
            ),
        }
        found = {
            name: self._by_customer(model, domain, heads)
            for name, (model, domain) in documents.items()
        }
        found["contacts"] = contacts.grouped(lambda p: heads[p.id])
        found["meetings"] = self._get_meetings(ids, heads)
        found["talks"] = self._get_last_talks(ids, heads)
        found["activities"] = self._get_activities(found, ids, heads)
        return found

    @api.model
    def _by_customer(self, model, domain, heads):
        if model not in self.env or not self.env[model].has_access("read"):
            return {}
        records = self.env[model].search(domain, limit=MOST * 20)
        return records.grouped(lambda record: heads.get(record.partner_id.id))

    @api.model
    def _get_meetings(self, ids, heads):
        events = self.env["calendar.event"].search(
            [("partner_ids", "in", ids), ("stop", ">=", fields.Datetime.now())],
            limit=MOST * 5,
        )
        found = {}
        for event in events:
            for customer in {heads.get(guest.id) for guest in event.partner_ids}:
                found[customer] = found.get(customer, events.browse()) | event
        return found

    @api.model
    def _get_last_talks(self, ids, heads):
        """The last contacts of each customer, the visible ones of them."""
        talks = self.env["crm.interaction"]
        if not talks.has_access("read"):
            return {}
        talks.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM (
                    SELECT i.id, row_number() OVER (
                               PARTITION BY p.commercial_partner_id
                               ORDER BY i.date DESC, i.id DESC) AS place
                      FROM crm_interaction i JOIN res_partner p ON p.id = i.partner_id
                     WHERE i.partner_id = ANY(%s)) ranked
                 WHERE place <= %s
                """,
                ids,
                LAST,
            )
        )
        found = talks.search([("id", "in", [id_ for (id_,) in rows])])
        return found.grouped(lambda talk: heads.get(talk.partner_id.id))

    @api.model
    def _get_activities(self, found, ids, heads):
        """Open promises: activities on the customer and on its open documents."""
        places = {("res.partner", id_): heads[id_] for id_ in ids}
        for name in ("leads", "orders"):
            for customer, records in found[name].items():
                places.update({(r._name, r.id): customer for r in records})
        by_model = {}
        for model, id_ in places:
            by_model.setdefault(model, []).append(id_)
        activities = self.env["mail.activity"]
        for model, res_ids in by_model.items():
            domain = [("res_model", "=", model), ("res_id", "in", res_ids)]
            activities |= activities.search(domain)
        return activities.grouped(lambda a: places.get((a.res_model, a.res_id)))

    @api.model
    def _get_risks(self, line, found):
        """What may go wrong with this customer, as sentences."""
        customer, today = line.partner_id.id, fields.Date.context_today(self)
        risks = []
        for debt in found["debts"].get(customer, ()):
            risks.append(
                self.env._(
                    "%(name)s is overdue since %(day)s: %(amount)s.",
                    name=debt.name,
                    day=debt.invoice_date_due,
                    amount=debt.currency_id.format(debt.amount_residual),
                )
            )
        for activity in found["activities"].get(customer, ()):
            if activity.date_deadline < today:
                what = activity.summary or activity.activity_type_id.name
                risks.append(self.env._("Promised and late: %(what)s.", what=what))
        talks = found["talks"].get(customer)
        if not talks:
            risks.append(self.env._("No contact is known."))
        else:
            silent = (today - fields.Date.to_date(talks[0].date)).days
            if silent > SILENCE:
                risks.append(self.env._("No contact for %(days)s days.", days=silent))
            speakers = talks.user_id
            if speakers and speakers <= line.predecessor_id:
                risks.append(
                    self.env._(
                        "Only %(name)s spoke with the customer lately: ask now.",
                        name=line.predecessor_id.name,
                    )
                )
        for need in found["lost_needs"].get(customer, ()):
            why = need.lost_reason or self.env._("no reason written down")
            risks.append(
                self.env._("A need was not met: %(n)s (%(why)s).", n=need.name, why=why)
            )
        return risks
