import json
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, table_exists

from ...loading.customer_fields import to_fields

_BATCH = 1000
# what a source brought, by table; the areas that are not installed have none
TABLES = ("crm_source_record", "crm_purchase", "crm_attribute_value")
# a customer whom one of these names is more than an entry of a list
DOCUMENTS = (
    ("account_move", "partner_id"),
    ("account_move_line", "partner_id"),
    ("sale_order", "partner_id"),
    ("sale_order", "partner_invoice_id"),
    ("sale_order", "partner_shipping_id"),
    ("crm_lead", "partner_id"),
    ("purchase_order", "partner_id"),
    ("stock_picking", "partner_id"),
    ("pos_order", "partner_id"),
    ("helpdesk_ticket", "partner_id"),
    ("project_project", "partner_id"),
    ("project_task", "partner_id"),
    ("loyalty_card", "partner_id"),
    ("crm_phonecall", "partner_id"),
    ("calendar_event_res_partner_rel", "res_partner_id"),
    ("res_users", "partner_id"),
    ("res_company", "partner_id"),
    ("res_partner", "parent_id"),
)


class SourceWithdrawal(models.Model):
    """The work of a withdrawal and of its undo, in sets."""

    _inherit = "crm.source.withdrawal"

    @api.model
    def _get_documents(self):
        """Tables and columns that name customers; override to add your documents."""
        cr = self.env.cr
        return [
            (table, column)
            for table, column in DOCUMENTS
            if table_exists(cr, table) and column_exists(cr, table, column)
        ]

    def _get_tables(self):
        cr = self.env.cr
        return [
            t
            for t in TABLES
            if table_exists(cr, t) and column_exists(cr, t, "source_id")
        ]

    def _find_customers(self):
        """The source's customers and their fate, in a temporary table.

        One that the source brought was created together with its record, in the same
        transaction; one that was here before is never archived.
        """
        self.env.flush_all()
        named = SQL(" OR ").join(
            SQL(
                "EXISTS (SELECT FROM %s d WHERE d.%s = c.partner_id)",
                SQL.identifier(table),
                SQL.identifier(column),
            )
            for table, column in self._get_documents()
        )
        self.env.cr.execute("DROP TABLE IF EXISTS crm_withdrawal_customer")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE crm_withdrawal_customer ON COMMIT DROP AS
                WITH c AS (
                    SELECT r.partner_id,
                           bool_or(r.create_date = p.create_date) AND p.active
                               AS brought
                    FROM crm_source_record r JOIN res_partner p ON p.id = r.partner_id
                    WHERE r.source_id = %(source)s GROUP BY r.partner_id, p.active
                )
                SELECT c.partner_id, CASE
                    WHEN NOT c.brought OR EXISTS (
                        SELECT FROM crm_source_record o
                        WHERE o.partner_id = c.partner_id AND o.source_id <> %(source)s)
                    THEN 'shared'
                    WHEN %(named)s OR EXISTS (
                        SELECT FROM crm_purchase o
                        WHERE o.partner_id = c.partner_id AND o.source_id <> %(source)s)
                    THEN 'left' ELSE 'archived' END AS fate
                FROM c
                """,
                source=self.source_id.id,
                named=named,
            )
        )

    def _take_away(self):
        self._find_customers()
        counts = self._count()
        names, lost = self._get_said()
        self._note_fates()
        self._set_aside()
        self._archive("archived", active=False)
        changed = self._redecide(names, lost)
        self.source_id.sudo().active = False
        return {**counts, **changed}

    def _get_said(self):
        """What the source says of customers whom others know.

        A value is its own only where the customer came from a list, so that edits by
        hand would be records too, or where a decision names the source: what a person
        entered before any source spoke is not emptied because the source says the same.

        :return: partner id -> names, partner id -> {field: value}
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT r.partner_id, r.accepted,
                          NOT COALESCE(s.proposes, false) AND EXISTS (
                              SELECT FROM crm_source_record o
                              WHERE o.partner_id = p.id
                                AND o.create_date = p.create_date),
                          ARRAY(SELECT g.field FROM crm_golden g
                                WHERE g.partner_id = p.id AND g.source_id = s.id
                                  AND NOT g.pinned)
                   FROM crm_source_record r
                   JOIN crm_source s ON s.id = r.source_id
                   JOIN res_partner p ON p.id = r.partner_id
                   JOIN crm_withdrawal_customer c ON c.partner_id = p.id
                   WHERE r.source_id = %s AND c.fate = 'shared' ORDER BY r.id""",
                self.source_id.id,
            )
        )
        watched = self.env["crm.survivorship.rule"]._get_watched()
        names, lost = defaultdict(set), defaultdict(dict)
        for partner_id, accepted, is_listed, decided in rows:
            for name, value in to_fields(accepted).items():
                if name in watched and value is not None:
                    names[partner_id].add(name)
                    if is_listed or name in decided:
                        lost[partner_id][name] = value
        return names, lost

    def _note_fates(self):
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_source_withdrawal_line
                       (withdrawal_id, partner_id, what,
                        create_uid, create_date, write_uid, write_date)
                   SELECT %(id)s, partner_id, fate, %(u)s, %(now)s, %(u)s, %(now)s
                   FROM crm_withdrawal_customer WHERE fate IN ('archived', 'left')""",
                id=self.id,
                u=self.env.uid,
                now=self.env.cr.now(),
            )
        )

    def _set_aside(self):
        for table in self._get_tables():
            self.env.cr.execute(
                SQL(
                    """WITH gone AS (
                           DELETE FROM %(table)s WHERE source_id = %(source)s
                           RETURNING *)
                       INSERT INTO crm_source_withdrawal_row
                           (withdrawal_id, partner_id, "table", data, kept_at)
                       SELECT %(id)s, gone.partner_id, %(name)s, to_jsonb(gone), %(now)s
                       FROM gone""",
                    table=SQL.identifier(table),
                    name=table,
                    source=self.source_id.id,
                    id=self.id,
                    now=self.env.cr.now(),
                )
            )
        self.env.invalidate_all()

    def _archive(self, what, active):
        """Archive or bring back the customers of these lines, as far as still due."""
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id FROM crm_source_withdrawal_line l
                   JOIN res_partner p ON p.id = l.partner_id
                   WHERE l.withdrawal_id = %s AND l.what = %s AND p.active = %s
                   ORDER BY p.id""",
                self.id,
                what,
                not active,
            )
        )
        ids = [id_ for (id_,) in rows]
        # sudo: the source's customers, whoever of the company looks after them
        partners = self.env["crm.golden"]._by_machine(self.env["res.partner"].sudo())
        for start in range(0, len(ids), _BATCH):
            partners.browse(ids[start : start + _BATCH]).write({"active": active})
            self._report(30 * (start + _BATCH), 100 * max(len(ids), 1))
        return ids

    def _redecide(self, names, lost):
        ids = sorted(names)
        counts = {"changed_count": 0, "emptied_count": 0}
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            changes = (
                self.env["crm.golden"]
                .sudo()
                ._redecide(
                    {id_: names[id_] for id_ in batch},
                    {id_: lost[id_] for id_ in batch},
                )
            )
            self.env.flush_all()
            for pairs in changes.values():
                empty = sum(after is None for _before, after in pairs.values())
                counts["emptied_count"] += empty
                counts["changed_count"] += len(pairs) - empty
            self._note_values(changes)
            self._report(30 + 70 * (start + len(batch)) / len(ids), 100.001)
        return counts

    def _note_values(self, changes):
        rows = [
            (id_, "emptied" if after is None else "changed", name, before, after)
            for id_, pairs in changes.items()
            for name, (before, after) in pairs.items()
        ]
        if not rows:
            return
        ids, what, names, before, after = zip(*rows, strict=True)
        self.env.cr.execute(
            SQL(
                """INSERT INTO crm_source_withdrawal_line
                       (withdrawal_id, partner_id, what, field, before, after,
                        create_uid, create_date, write_uid, write_date)
                   SELECT %(id)s, v.*, %(u)s, %(now)s, %(u)s, %(now)s
                   FROM unnest(%(ids)s::int[], %(what)s::text[], %(names)s::text[],
                               %(before)s::jsonb[], %(after)s::jsonb[]) AS v""",
                id=self.id,
                u=self.env.uid,
                now=self.env.cr.now(),
                ids=list(ids),
                what=list(what),
                names=list(names),
                before=[json.dumps(value) for value in before],
                after=[json.dumps(value) for value in after],
            )
        )
