import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from .crm_segment_action import MOMENTS

_logger = logging.getLogger(__name__)

BATCH = 500  # customers for whom an action is done at once
KEPT_DAYS = 365
STATES = [
    ("waiting", "Waiting"),
    ("done", "Done"),
    ("skipped", "Not Needed"),
    ("failed", "Failed"),
]
# Once per stay. Lists follow the customer even when he leaves and comes back on one
# day; an activity is not planned a second time.
NOTE = """
    INSERT INTO crm_segment_event AS e
           (action_id, segment_id, partner_id, company_id, moment, since, state,
            create_date, create_uid)
    SELECT DISTINCT ON (a.id, v.partner_id, v.since)
           a.id, v.segment_id, v.partner_id, v.company_id, a.moment, v.since,
           'waiting', now() AT TIME ZONE 'UTC', %(user)s
      FROM crm_segment_move v
      JOIN crm_segment_action a ON a.segment_id = v.segment_id AND a.active
       AND a.moment = CASE WHEN v.kind IN ('in', 'back') THEN 'in' ELSE 'out' END
        ON CONFLICT (action_id, partner_id, since) DO UPDATE
       SET state = 'waiting'
     WHERE e.state = 'skipped' OR e.state = 'done' AND EXISTS (
           SELECT FROM crm_segment_action l
            WHERE l.id = e.action_id AND l.kind IN ('list_in', 'list_out'))
 RETURNING action_id
"""
MEMBERS = """
    INSERT INTO crm_segment_event
           (action_id, segment_id, partner_id, company_id, moment, since, state,
            create_date, create_uid)
    SELECT %(action)s, m.segment_id, m.partner_id, m.company_id, 'in', m.valid_from,
           'waiting', now() AT TIME ZONE 'UTC', %(user)s
      FROM crm_segment_member m WHERE m.segment_id = %(segment)s AND m.valid_to IS NULL
        ON CONFLICT (action_id, partner_id, since) DO NOTHING
"""


class CrmSegmentEvent(models.Model):
    """A customer entered or left a segment, and something has to be done about it."""

    _name = "crm.segment.event"
    _description = "Event of a Segment"
    _order = "id desc"
    _rec_name = "partner_id"

    action_id = fields.Many2one(
        "crm.segment.action", required=True, index=True, ondelete="cascade"
    )
    segment_id = fields.Many2one(
        "crm.segment", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", ondelete="cascade")
    moment = fields.Selection(MOMENTS, string="What", required=True)
    since = fields.Date(string="Stay Since", required=True)
    state = fields.Selection(STATES, default="waiting", required=True, index=True)
    text = fields.Char(string="Outcome", help="What was made, or why it was not")
    res_model = fields.Char(string="Document Model")
    res_id = fields.Many2oneReference(string="Document", model_field="res_model")
    done_at = fields.Datetime()

    _stay_uniq = models.Constraint(
        "UNIQUE (action_id, partner_id, since)", "An action is done once per stay."
    )

    def action_open_document(self):
        """Open what was made, if the reader may see it."""
        self.ensure_one()
        model = self.res_model
        record = self.env[model].browse(self.res_id) if model in self.env else None
        if not record or not record.exists() or not record.has_access("read"):
            raise UserError(
                self.env._("The document is not there any more, or not for you.")
            )
        return record.get_formview_action()

    # ------------------------------------------------------------------ noting

    @api.model
    def _note(self):
        """Note what a refresh changed and queue the actions that have to be done."""
        self.env["crm.segment.action"].flush_model()
        self.env.cr.execute(SQL(NOTE, user=self.env.uid))
        ids = {action for (action,) in self.env.cr.fetchall()}
        self.invalidate_model(flush=False)
        for action in self.env["crm.segment.action"].sudo().browse(sorted(ids)):
            action._enqueue()

    @api.model
    def _note_members(self, action):
        self.env["crm.segment.action"].flush_model()
        self.env.cr.execute(
            SQL(
                MEMBERS,
                action=action.id,
                segment=action.segment_id.id,
                user=self.env.uid,
            )
        )
        self.invalidate_model(flush=False)

    # ------------------------------------------------------------------ doing

    @api.model
    def _do(self, action):
        """Do what waits of an action, in batches; errors are kept on the event."""
        waiting = [("action_id", "=", action.id), ("state", "=", "waiting")]
        while events := self.search(waiting, limit=BATCH, order="id"):
            outdated = events._find_outdated()
            outdated.write(
                {
                    "state": "skipped",
                    "text": self.env._("Came back, or left again, in the meantime"),
                    "done_at": fields.Datetime.now(),
                }
            )
            (events - outdated)._do_batch(action)

    def _find_outdated(self):
        """Events whose customer is not where the event says any more."""
        if not self:
            return self
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT e.id FROM crm_segment_event e
                    WHERE e.id IN %s AND (e.moment = 'in') <> EXISTS (
                          SELECT FROM crm_segment_member m
                           WHERE m.segment_id = e.segment_id AND m.valid_to IS NULL
                             AND m.partner_id = e.partner_id)""",
                self._ids,
            )
        )
        return self.browse([id_ for (id_,) in self.env.cr.fetchall()])

    def _do_batch(self, action):
        """All together, or else one by one, so that one does not stop the others."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._do_all(action)
        except (UserError, ValidationError, AccessError, ValueError) as error:
            if len(self) == 1:
                self._fail(str(error))
                return
            for event in self:
                event._do_batch(action)

    def _do_all(self, action):
        author = action._as_author()
        partners = author.env["res.partner"].browse(self.partner_id.ids)
        seen = partners._filtered_access("read")
        made = getattr(author, f"_do_{action.kind}")(seen) if seen else {}
        made = {partner.id: record for partner, record in made.items()}
        now = fields.Datetime.now()
        for record_ids, events in self.grouped(
            lambda e: e.partner_id.id in made
        ).items():
            if not record_ids:
                events.write(
                    {
                        "state": "failed",
                        "done_at": now,
                        "text": self.env._(
                            "Not allowed: no address, no consent, or a customer whom "
                            "the author of the action does not see"
                        ),
                    }
                )
                continue
            for event in events:
                record = made[event.partner_id.id]
                event.write(
                    {
                        "state": "done",
                        "done_at": now,
                        "text": record.sudo().display_name if record else False,
                        "res_model": record._name,
                        "res_id": record.id,
                    }
                )

    def _fail(self, text):
        _logger.info("An action of segment %s failed", self.segment_id.id)
        self.write({"state": "failed", "text": text, "done_at": fields.Datetime.now()})

    @api.autovacuum
    def _gc_events(self):
        """What was done a year ago is history of the documents, not of the segment."""
        day = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.search(
            [("create_date", "<", day), ("state", "!=", "waiting")], limit=10000
        )
        old.unlink()
        return len(old), len(old)
