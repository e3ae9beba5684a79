from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import existing_tables

from ...exchange import capture

# Says when the record was made; it never changes
CONSTANT = {"id", "create_date"}


class ExchangeCapture(models.Model):
    """Which tables are tracked follows from the declared entities at every start.

    So an addon that declares an entity needs no hook of its own: its triggers come when
    it is installed and go when it is uninstalled, even where its tables stay.
    """

    _inherit = "crm.exchange.change"

    def _register_hook(self):
        super()._register_hook()
        self._sync_triggers()

    @api.model
    def _sync_triggers(self):
        """Make, renew and remove triggers until they are those of the entities.

        Changes nothing, and takes no lock, when they are already.
        """
        rules = self._capture_rules()
        # an entity's table comes with the upgrade that the server was not given yet
        there = existing_tables(self.env.cr, rules)
        wanted = {table: rules[table] for table in rules if table in there}
        there = self._tracked_tables()
        signed = {
            table: capture.signature(table, rules) for table, rules in wanted.items()
        }
        stale = [table for table in signed if there.get(table) != signed[table]]
        extra = there.keys() - wanted.keys()
        if not stale and not extra:
            return
        cr = self.env.cr
        cr.execute("SELECT pg_advisory_xact_lock(hashtext('crm_exchange_capture'))")
        statements = [s for table in sorted(extra) for s in capture.remove(table)]
        for table in sorted(stale):
            statements += capture.remove(table)  # with the triggers it needs no more
            statements += capture.install(table, wanted[table])
        for statement in statements:
            cr.execute(SQL(statement.replace("%", "%%")))

    @api.model
    def _capture_rules(self):
        """{table: rules} of all declared entities, see `exchange.capture`."""
        tables = defaultdict(list)
        for entity in self.env["crm.exchange"]._entities().values():
            model = self.env[entity.model]
            columns, shared = self._get_columns(model, entity)
            tables[model._table].append(
                capture.Own(entity.name, tuple(sorted(columns)), entity.where)
            )
            for (table, link), names in sorted(shared.items()):
                rule = (entity.name, tuple(sorted(names)), model._table, link)
                tables[table].append(capture.Shared(*rule))
            for field in entity.fields:
                if field.kind == "lines" and field.tracked:
                    many = model._fields[field.column]
                    lines = self.env[many.comodel_name]
                    names = [f.column for f in field.fields]
                    names = [n for n in names if self._is_column(lines, n)]
                    rule = (entity.name, tuple(sorted(names)), many.inverse_name)
                    tables[lines._table].append(capture.Line(*rule))
        return dict(tables)

    @api.model
    def _get_columns(self, model, entity):
        """Own columns of the entity, and those it shows of what it points to.

        :return: (names, {(table, own column that points there): names there})
        """
        first = [path.split(".")[0] for path in (*entity.owners, entity.company)]
        names = [f.column for f in entity.fields if f.kind != "lines"]
        columns, shared = set(), defaultdict(set)
        for name in {*names, *entity.watched, *first}:
            if self._is_column(model, name):
                columns.add(name)
                continue
            path = (getattr(model._fields.get(name), "related", None) or "").split(".")
            if len(path) == 2 and self._is_column(model, path[0]):
                columns.add(path[0])
                there = self.env[model._fields[path[0]].comodel_name]
                shared[there._table, path[0]].add(path[1])
        return columns - CONSTANT, shared

    @api.model
    def _is_column(self, model, name):
        field = model._fields.get(name)
        return bool(field and field.store and field.column_type)

    @api.model
    def _tracked_tables(self):
        """{table: signature of its triggers, None where some are missing}"""
        self.env.cr.execute(
            """SELECT substr(p.proname, length(%(prefix)s) + 1),
                      obj_description(p.oid, 'pg_proc'),
                      (SELECT count(*) FROM pg_trigger t WHERE t.tgfoid = p.oid)
                 FROM pg_proc p
                WHERE starts_with(p.proname, %(prefix)s)
                  AND p.pronamespace = current_schema::regnamespace""",
            {"prefix": capture.PREFIX},
        )
        return {
            table: sign if triggers else None
            for table, sign, triggers in self.env.cr.fetchall()
        }

    @api.model
    def _remove_triggers(self):
        """Stop tracking, and take away what Odoo would leave of the feed."""
        for table in sorted(self._tracked_tables()):
            for statement in capture.remove(table):
                self.env.cr.execute(statement)
        self.env.cr.execute(
            "DROP TABLE IF EXISTS crm_exchange_head, crm_exchange_disclosed, "
            "crm_exchange_feed CASCADE"
        )

    @api.model
    def _forget_entity(self, name):
        """Take away what was kept for an entity; for the uninstall hook of its addon.

        Its triggers go with the next start, which follows at once.
        """
        self.env["crm.exchange.scope"].search([("entity", "=", name)]).unlink()
        for table in ("crm_exchange_key", "crm_exchange_disclosed"):
            self.env.cr.execute(
                SQL("DELETE FROM %s WHERE entity = %s", SQL.identifier(table), name)
            )
        self.env["crm.exchange.key"].invalidate_model(flush=False)
