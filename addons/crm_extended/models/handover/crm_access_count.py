from contextlib import contextmanager

from odoo import api, fields, models, modules
from odoo.http import request
from odoo.tools import SQL

from ...vigilance.tally import Tally

# Models whose reading in bulk would carry the customers away
WATCHED = frozenset(
    {
        "res.partner",
        "crm.lead",
        "sale.order",
        "crm.interaction",
        "crm.purchase",
        "crm.need",
        "mailing.contact",
        "helpdesk.ticket",
    }
)
TALLY = Tally()
KEPT_DAYS = 400


class CrmAccessCount(models.Model):
    """How many customer records a person read in an hour: numbers, never which ones.

    An append-only log. Reading is counted in memory and written by a connection of its
    own: at once when it is much, else within half a minute while the person reads on.
    What a process had not yet written when it was killed is lost, less than 500 rows.

    OCA `auditlog` is not used for this. It logs a row for every record read, inside the
    reader's transaction (which a read-only one refuses), and only `read`: `search_read`
    passes it by. Its log of exports has neither fields nor the address and cannot
    refuse. It fits for who changed what; `crm.deputy` and `crm.export.limit` keep that
    in their own chatter.
    """

    _name = "crm.access.count"
    _inherit = "crm.kept.mixin"
    _description = "Customer Records Read"
    _order = "hour desc, id desc"
    _log_access = False

    user_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", ondelete="cascade", readonly=True)
    res_model = fields.Char("Model", required=True, readonly=True)
    hour = fields.Datetime(required=True, readonly=True)
    row_count = fields.Integer("Records", required=True, readonly=True)
    call_count = fields.Integer("Calls", required=True, readonly=True)
    ip = fields.Char("From Address", readonly=True)

    _hour_idx = models.Index("(hour, user_id)")

    @api.model
    def _tell_kept(self, labels):
        return self.env._("What was read is counted by the system alone.")

    @api.model
    def _count(self, env, model, rows):
        """Count rows that a person read; what the system reads for itself is not.

        Without a request there is no reader outside: jobs and crons are no persons.
        """
        if env.su or not rows or not request:
            return
        if request.httprequest.path.startswith("/queue_job"):
            return
        now = fields.Datetime.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        address = request.httprequest.remote_addr
        key = (env.uid, env.company.id, model, hour, address)
        if due := TALLY.add(env.cr.dbname, key, rows):
            self._write_down(due)

    @api.model
    def _flush_counts(self):
        """Write down what this process still has in memory."""
        if due := TALLY.take(self.env.cr.dbname):
            self._write_down(due)

    @api.model
    def _write_down(self, counts):
        keys, rows, calls = zip(*counts, strict=True)
        users, companies, names, hours, addresses = zip(*keys, strict=True)
        with self._own_cursor() as cursor:
            cursor.execute(
                SQL(
                    """
                    INSERT INTO crm_access_count
                        (user_id, company_id, res_model, hour, ip, row_count,
                         call_count)
                    SELECT c.* FROM unnest(%s::int[], %s::int[], %s::text[],
                        %s::timestamp[], %s::text[], %s::int[], %s::int[])
                        AS c (user_id, company_id, model, hour, ip, rows, calls)
                      JOIN res_users u ON u.id = c.user_id
                      JOIN res_company k ON k.id = c.company_id
                    """,  # a person who was deleted in between is nobody to watch
                    *map(
                        list, (users, companies, names, hours, addresses, rows, calls)
                    ),
                )
            )

    @api.model
    @contextmanager
    def _own_cursor(self):
        """A transaction of its own: what is logged stays, whatever the reader does."""
        if modules.module.current_test or not self.env.registry.ready:
            yield self.env.cr
        else:
            with self.env.registry.cursor() as cursor:
                yield cursor

    @api.autovacuum
    def _gc_counts(self):
        """Habits of more than a year ago tell nothing."""
        old = self.search([("hour", "<", f"-{KEPT_DAYS}d")], limit=10_000)
        old.unlink()
        return len(old), len(old)
