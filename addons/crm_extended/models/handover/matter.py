"""What a salesperson answers for: one declaration per kind of document.

A handover reads every kind through one statement and moves it through one more, so a
kind is a few fragments of SQL and never a method per record. They hold only names
written here: what people enter is always bound.
"""

from dataclasses import dataclass

from odoo.tools import SQL

FAMILY = "LEFT JOIN res_partner p ON p.id = t.partner_id"
CUSTOMER = "COALESCE(p.commercial_partner_id, p.id)"


@dataclass(frozen=True)
class Matter:
    """One kind of document with someone who answers for it.

    The fragments see the document as `t`; `at`: %(at)s, the moment from which the
    successor answers. `mirrors`: stored copies of the person (table, its key to the
    document, column) that the ORM would have kept equal. `team`: which sales teams
    have such documents, as a domain; empty for documents without a team.
    """

    code: str
    model: str
    field: str = "user_id"
    joins: str = FAMILY
    customer: str = CUSTOMER
    is_open: str = "t.active"
    company: str = "t.company_id"
    value: str = "0"
    has_thread: bool = True
    mirrors: tuple[tuple[str, str, str], ...] = ()
    team: tuple = ()

    def select(self, env, user_id, company_id, at):
        """Rows (code, res_id, partner_id, value) of what this person answers for."""
        return SQL(
            """
            SELECT %(code)s AS code, t.id AS res_id, %(customer)s AS partner_id,
                   (%(value)s)::numeric AS value
              FROM %(table)s t %(joins)s
             WHERE t.%(field)s = %(user)s AND %(is_open)s
               AND (%(company)s = %(company_id)s OR %(company)s IS NULL)
            """,
            code=self.code,
            customer=SQL(self.customer),
            value=SQL(self.value),
            table=SQL.identifier(env[self.model]._table),
            joins=SQL(self.joins),
            field=SQL.identifier(self.field),
            user=user_id,
            is_open=SQL(self.is_open, at=at)
            if "%(at)s" in self.is_open
            else SQL(self.is_open),
            company=SQL(self.company),
            company_id=company_id,
        )


# An activity belongs to the customer of its document. Other people's documents (an
# applicant, a holiday) are no matter of customers and stay where they are.
ACTIVITY_JOINS = """
    LEFT JOIN crm_lead l ON t.res_model = 'crm.lead' AND l.id = t.res_id
    LEFT JOIN sale_order o ON t.res_model = 'sale.order' AND o.id = t.res_id
    LEFT JOIN account_move v ON t.res_model = 'account.move' AND v.id = t.res_id
    LEFT JOIN res_partner p ON p.id = COALESCE(
        CASE WHEN t.res_model = 'res.partner' THEN t.res_id END,
        l.partner_id, o.partner_id, v.partner_id)
"""
MEETING_JOINS = """
    LEFT JOIN crm_lead l ON l.id = t.opportunity_id
    LEFT JOIN LATERAL (
        SELECT COALESCE(min(a.commercial_partner_id), min(a.id)) AS id
          FROM calendar_event_res_partner_rel r
          JOIN res_partner a ON a.id = r.res_partner_id AND a.partner_share
         WHERE r.calendar_event_id = t.id) guest ON TRUE
    LEFT JOIN res_partner p ON p.id = COALESCE(l.partner_id, guest.id)
"""
MATTERS = (
    Matter(
        "customer",
        "res.partner",
        joins="",
        customer="COALESCE(t.commercial_partner_id, t.id)",
    ),
    Matter(
        "opportunity",
        "crm.lead",
        is_open="t.active AND t.won_status = 'pending'",
        value="t.expected_revenue",
        team=("|", ("use_leads", "=", True), ("use_opportunities", "=", True)),
    ),
    Matter(
        "order",
        "sale.order",
        is_open="(t.state IN ('draft', 'sent')"
        " OR t.state = 'sale' AND t.invoice_status != 'invoiced')",
        value="t.amount_untaxed / COALESCE(NULLIF(t.currency_rate, 0), 1)",
        mirrors=(("sale_order_line", "order_id", "salesman_id"),),
        team=(("active", "=", True),),
    ),
    Matter(
        "case",
        "helpdesk.ticket",
        joins=FAMILY + " LEFT JOIN helpdesk_ticket_stage s ON s.id = t.stage_id",
        is_open="t.active AND s.closed IS NOT TRUE",
    ),
    Matter(
        "activity",
        "mail.activity",
        joins=ACTIVITY_JOINS,
        is_open="t.active AND t.res_model IN"
        " ('res.partner', 'crm.lead', 'sale.order', 'account.move')",
        company="COALESCE(o.company_id, v.company_id, l.company_id, p.company_id)",
        has_thread=False,
    ),
    Matter(
        "plan",
        "mail.activity.plan.template",
        field="responsible_id",
        joins="JOIN mail_activity_plan plan ON plan.id = t.plan_id",
        customer="NULL::integer",
        is_open="plan.active AND t.responsible_type = 'other' AND plan.res_model IN"
        " ('res.partner', 'crm.lead', 'sale.order')",
        company="plan.company_id",
        has_thread=False,
    ),
    Matter(
        "meeting",
        "calendar.event",
        joins=MEETING_JOINS,
        is_open="t.active AND t.stop >= %(at)s",
        company="NULL::integer",
    ),
)
