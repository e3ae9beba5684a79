from odoo import api, fields, models
from odoo.tools import SQL

# A customer is a contact without an internal user (`partner_share`). What is told to
# colleagues only (notes, logs, direct messages) is none of the customer's picture.
OPEN_MAIL = """
    m.model IN %(models)s AND m.is_internal IS NOT TRUE
    AND EXISTS (SELECT FROM mail_message_subtype t
                 WHERE t.id = m.subtype_id AND t.internal IS NOT TRUE)
"""
# The rule of the channel holds for mail as for every other channel
KEPT = """
    NOT EXISTS (SELECT FROM crm_interaction_rule r
                 WHERE r.channel = 'mail' AND (r.is_recorded IS FALSE
                    OR r.keep_days > 0 AND m.date < now() AT TIME ZONE 'UTC'
                                                  - make_interval(days => r.keep_days)))
"""
UNKEPT = """
    DELETE FROM crm_interaction i USING crm_interaction_rule r
     WHERE r.channel = 'mail' AND r.is_recorded IS FALSE
       AND i.channel = 'mail' AND i.message_id IS NOT NULL
"""
COLUMNS = """
    (partner_id, date, direction, channel, user_id, subject, res_model, res_id,
     company_id, message_id)
"""
RECEIVED = """
    INSERT INTO crm_interaction %(columns)s
    SELECT p.id, m.date, 'in', 'mail', NULL, m.subject, m.model, m.res_id,
           COALESCE(m.record_company_id, p.company_id), m.id
      FROM mail_message m
      JOIN res_partner p ON p.id = m.author_id AND p.partner_share
     WHERE m.message_type = 'email' AND %(open_mail)s AND %(kept)s AND %(chosen)s
    ON CONFLICT (message_id, partner_id) WHERE message_id IS NOT NULL DO NOTHING
"""
SENT = """
    INSERT INTO crm_interaction %(columns)s
    SELECT p.id, m.date, 'out', 'mail', u.id, m.subject, m.model, m.res_id,
           COALESCE(m.record_company_id, p.company_id), m.id
      FROM mail_notification n
      JOIN mail_message m ON m.id = n.mail_message_id
      JOIN res_partner p ON p.id = n.res_partner_id AND p.partner_share
      LEFT JOIN res_partner a ON a.id = m.author_id
      LEFT JOIN LATERAL (SELECT id FROM res_users WHERE partner_id = m.author_id
                          ORDER BY active DESC, id LIMIT 1) u ON TRUE
     WHERE n.notification_type = 'email' AND a.partner_share IS NOT TRUE
       AND m.message_type IN ('comment', 'email', 'email_outgoing')
       AND %(open_mail)s AND %(kept)s AND %(chosen)s
    ON CONFLICT (message_id, partner_id) WHERE message_id IS NOT NULL DO NOTHING
"""


class CrmInteraction(models.Model):
    """E-mails with customers, noted as interactions by one statement per batch."""

    _inherit = "crm.interaction"

    @api.model
    def _get_mail_models(self):
        """Models whose e-mails belong to the customer's picture.

        A list of what may be shown, not of what may not: the subject of a mail on an
        applicant or a salary must not appear because nobody thought of it. Override to
        add a model whose readers and the customers' readers are the same people.
        """
        return ["res.partner", "crm.lead", "sale.order", "account.move"]

    @api.model
    def _backfill_mail(self, since=None):
        """Note the e-mails there are already, in three statements; safe to repeat.

        :param datetime since: only messages since then (UTC), all by default
        :return: number of interactions made or, where the channel is off, removed
        """
        self.env["crm.interaction.rule"].flush_model()
        self.env.cr.execute(UNKEPT)
        gone = self.env.cr.rowcount
        since = fields.Datetime.to_datetime(since)
        chosen = SQL("m.date >= %s", since) if since else SQL("TRUE")
        noted = self._note_mail(RECEIVED, chosen) + self._note_mail(SENT, chosen)
        return gone + noted

    @api.model
    def _note_received(self, messages):
        return self._note_mail(RECEIVED, SQL("m.id IN %s", tuple(messages.ids)))

    @api.model
    def _note_sent(self, notifications):
        return self._note_mail(SENT, SQL("n.id IN %s", tuple(notifications.ids)))

    @api.model
    def _note_mail(self, statement, chosen):
        self.env["mail.message"].flush_model()
        self.env["mail.notification"].flush_model()
        self.env["crm.interaction.rule"].flush_model()
        self.env["res.partner"].flush_model(["partner_share", "company_id"])
        names = tuple(name for name in self._get_mail_models() if name in self.env)
        self.env.cr.execute(
            SQL(
                statement,
                columns=SQL(COLUMNS),
                open_mail=SQL(OPEN_MAIL, models=names),
                kept=SQL(KEPT),
                chosen=chosen,
            )
        )
        count = self.env.cr.rowcount
        if count:
            self.env["res.partner"].invalidate_model(["interaction_ids"], flush=False)
        return count
