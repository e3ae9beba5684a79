from odoo import api, models

from ...interactions.adapter import Adapter, Watch

# A day without an hour is put at noon, so that it is the same day for most readers.
NOON = "time '12:00'"
# Whom a mailing was for: the trace names a record of any model.
ADDRESSED = """CASE {trace}.model WHEN 'res.partner' THEN {trace}.res_id
    WHEN 'crm.lead' THEN (SELECT l.partner_id FROM crm_lead l
                           WHERE l.id = {trace}.res_id)
    WHEN 'sale.order' THEN (SELECT s.partner_id FROM sale_order s
                             WHERE s.id = {trace}.res_id) END"""
TO_CUSTOMERS = "{row}.model IN ('res.partner', 'crm.lead', 'sale.order')"
# Whoever set no privacy on a meeting gets what the organiser chose for all of his.
PRIVACY = "COALESCE(d.privacy, s.calendar_default_privacy, 'public')"


def document(kind, model, *, columns, relevant="TRUE", **expressions):
    """An adapter of a document that says everything itself, by one watch of its table.

    :param relevant: SQL with `{row}`; also part of the condition
    """
    table = model.replace(".", "_")
    where = expressions.pop("where", "TRUE")
    return Adapter(
        kind=kind,
        model=model,
        table=table,
        where=f"({relevant.format(row='d')}) AND ({where})",
        watches=(Watch(table, tuple(columns), relevant=relevant),),
        **expressions,
    )


QUOTATION = document(
    "quotation",
    "sale.order",
    columns=("state", "partner_id", "date_order", "user_id", "name", "company_id")
    + ("amount_total", "currency_id"),
    relevant="{row}.state = 'sent'",
    channel="'order'",
    direction="'out'",
    partner="d.partner_id",
    date="d.date_order",
    user="d.user_id",
    subject="d.name",
    amount="d.amount_total",
    currency="d.currency_id",
    company="d.company_id",
)
ORDER = document(
    "order",
    "sale.order",
    columns=QUOTATION.watches[0].columns,
    relevant="{row}.state = 'sale'",
    channel="'order'",
    partner="d.partner_id",
    date="d.date_order",
    user="d.user_id",
    subject="d.name",
    amount="d.amount_total",
    currency="d.currency_id",
    company="d.company_id",
)
INVOICE = document(
    "invoice",
    "account.move",
    columns=("state", "move_type", "partner_id", "invoice_date", "date", "name")
    + ("amount_total", "currency_id", "invoice_user_id", "company_id"),
    relevant="{row}.state = 'posted' "
    "AND {row}.move_type IN ('out_invoice', 'out_refund')",
    channel="'invoice'",
    direction="'out'",
    partner="d.partner_id",
    date=f"COALESCE(d.invoice_date, d.date) + {NOON}",
    user="d.invoice_user_id",
    subject="d.name",
    amount="CASE d.move_type WHEN 'out_refund' THEN -d.amount_total "
    "ELSE d.amount_total END",
    currency="d.currency_id",
    company="d.company_id",
)
PAYMENT = document(
    "payment",
    "account.payment",
    columns=("state", "partner_id", "date", "name", "memo", "amount", "currency_id")
    + ("payment_type", "company_id"),
    relevant="{row}.state IN ('in_process', 'paid') AND {row}.partner_id IS NOT NULL",
    channel="'payment'",
    direction="CASE d.payment_type WHEN 'inbound' THEN 'in' ELSE 'out' END",
    partner="d.partner_id",
    date=f"d.date + {NOON}",
    subject="COALESCE(NULLIF(d.memo, ''), d.name)",
    amount="CASE d.payment_type WHEN 'inbound' THEN d.amount ELSE -d.amount END",
    currency="d.currency_id",
    company="d.company_id",
)
LEAD = document(
    "lead",
    "crm.lead",
    columns=("partner_id", "name", "user_id", "company_id", "expected_revenue"),
    relevant="{row}.partner_id IS NOT NULL",
    channel="'lead'",
    partner="d.partner_id",
    date="d.create_date",
    user="d.user_id",
    subject="d.name",
    company="COALESCE(d.company_id, p.company_id)",
)
SURVEY = document(
    "survey",
    "survey.user_input",
    columns=("state", "partner_id", "end_datetime", "test_entry"),
    relevant="{row}.state = 'done' AND {row}.partner_id IS NOT NULL "
    "AND {row}.test_entry IS NOT TRUE",
    channel="'survey'",
    joins="JOIN survey_survey v ON v.id = d.survey_id",
    partner="d.partner_id",
    date="COALESCE(d.end_datetime, d.create_date)",
    subject="v.title ->> 'en_US'",
)
MAILING = document(
    "mailing",
    "mailing.trace",
    columns=("trace_status", "res_id", "sent_datetime", "links_click_datetime"),
    relevant="{row}.trace_status IN ('pending', 'sent', 'open', 'reply') AND "
    + TO_CUSTOMERS,
    where="d.is_test_trace IS NOT TRUE",
    channel="'campaign'",
    direction="'out'",
    joins="JOIN mailing_mailing m ON m.id = d.mass_mailing_id",
    partner=ADDRESSED.format(trace="d"),
    date="COALESCE(d.sent_datetime, d.create_date)",
    user="m.user_id",
    subject="m.subject",
    outcome="CASE WHEN d.trace_status = 'reply' THEN 'replied' "
    "WHEN d.links_click_datetime IS NOT NULL THEN 'clicked' "
    "WHEN d.trace_status = 'open' THEN 'opened' END",
    res_model="'mailing.mailing'",
    res_id="d.mass_mailing_id",
    documents=("mailing.mailing",),
)
CLICK = document(
    "click",
    "link.tracker.click",
    columns=("mailing_trace_id", "link_id"),
    relevant="{row}.mailing_trace_id IS NOT NULL",
    channel="'web'",
    joins="JOIN mailing_trace t ON t.id = d.mailing_trace_id "
    "JOIN link_tracker l ON l.id = d.link_id",
    partner=ADDRESSED.format(trace="t"),
    date="d.create_date",
    subject="COALESCE(NULLIF(l.title, ''), l.url)",
    res_model="'mailing.mailing'",
    res_id="t.mass_mailing_id",
    documents=("mailing.mailing",),
)
SMS = document(
    "sms",
    "sms.sms",
    columns=("state", "partner_id", "body"),
    relevant="{row}.state IN ('process', 'pending', 'sent') "
    "AND {row}.partner_id IS NOT NULL",
    channel="'sms'",
    direction="'out'",
    joins="LEFT JOIN mail_message m ON m.id = d.mail_message_id",
    partner="d.partner_id",
    date="COALESCE(m.date, d.create_date)",
    user="d.create_uid",
    subject="left(d.body, 80)",
    summary="d.body",
    company="COALESCE(m.record_company_id, p.company_id)",
    res_model="COALESCE(m.model, 'res.partner')",
    res_id="CASE WHEN m.model IS NULL THEN d.partner_id ELSE m.res_id END",
    outlives=True,
    documents=("res.partner", "crm.lead", "sale.order", "account.move"),
)
MEETING = Adapter(
    kind="meeting",
    model="calendar.event",
    table="calendar_event",
    channel="'meeting'",
    direction="'out'",
    joins="JOIN calendar_event_res_partner_rel a ON a.calendar_event_id = d.id "
    "LEFT JOIN res_users_settings s ON s.user_id = d.user_id",
    partner="a.res_partner_id",
    date="d.start",
    user="d.user_id",
    subject="d.name",
    where=f"d.active AND {PRIVACY} != 'private'",
    watches=(
        Watch(
            "calendar_event",
            ("start", "active", "privacy", "name", "user_id"),
        ),
        Watch(
            "calendar_event_res_partner_rel",
            origin="{row}.calendar_event_id",
            keyed=False,
        ),
    ),
)


class CrmInteraction(models.Model):
    _inherit = "crm.interaction"

    @api.model
    def _get_adapters(self):
        """What becomes an interaction by itself; override to add `Adapter`s.

        Models of modules that are not installed are left alone by the engine.
        """
        return [
            QUOTATION,
            ORDER,
            INVOICE,
            PAYMENT,
            LEAD,
            MEETING,
            SURVEY,
            MAILING,
            CLICK,
            SMS,
        ]
