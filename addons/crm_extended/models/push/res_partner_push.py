from odoo import api, models
from odoo.tools import SQL

# Their `write` does nothing more than what is done, or left to `write`, below
_KNOWN = frozenset(
    {
        "odoo.orm.models",
        "odoo.addons.base.models.res_partner",
        "odoo.addons.mail.models.mail_thread",
        "odoo.addons.account.models.partner",
        "odoo.addons.snailmail.models.res_partner",
        "odoo.addons.crm_extended.models.golden.res_partner_golden",
        "odoo.addons.crm_extended.models.merging.res_partner",
        "odoo.addons.crm_extended.models.privacy.res_partner_erased",
    }
)
_PLAIN = frozenset(
    {"name", "email", "phone", "ref", "function", "street", "street2", "zip", "city"}
    | {"state_id", "country_id"}
)


class ResPartner(models.Model):
    """Many customers that change each in its own way are written in one pass.

    Odoo writes the same values to many records; five hundred different ones are five
    hundred times all that `write` sets in motion. Here values go to the cache record by
    record, and what depends on them is found, computed, checked and flushed once.
    """

    _inherit = "res.partner"

    def _write_each(self, vals_list):
        """Write to each customer the values of its own.

        Only plain fields of customers on whom nothing else hangs go in one pass: no
        contacts below or above, logins, bank accounts or letters. All others are
        written by `write`, and everything is when an addon has a `write` that is not
        known here. The caller's context must silence tracking.

        :param vals_list: list of values, in the order of the records
        """
        fast = self._get_written_fast()
        groups = {}
        for partner, vals in zip(self, vals_list, strict=True):
            if partner.id in fast and vals.keys() <= _PLAIN:
                groups.setdefault(tuple(sorted(vals)), []).append((partner.id, vals))
            else:
                partner.with_prefetch(self.ids).write(vals)
        for names, pairs in groups.items():
            partners = self.browse([res_id for res_id, _vals in pairs])
            partners._write_plain(names, [vals for _id, vals in pairs])

    def _write_plain(self, names, vals_list):
        """As the ORM's `write` does for plain fields, with many values at once."""
        self.check_access("write")
        self.modified([n for n in names if n.endswith("_id")], before=True)
        stamps = {"write_uid": self.env.uid, "write_date": self.env.cr.now()}
        for name, value in stamps.items():
            self._fields[name].write(self, value)
        fields = [self._fields[name] for name in names]
        for partner, vals in zip(self, vals_list, strict=True):
            for field in fields:
                field.write(partner, vals[field.name])
        self.modified([*names, *stamps])
        self._validate_fields(names)
        if not {"email", "phone"}.isdisjoint(names):
            self._meet_forgotten()

    def _get_written_fast(self):
        """Ids of those on whom nothing hangs that plain values would move."""
        if len(self) < 2 or not self._is_write_known():
            return set()
        self.env["res.partner"].flush_model(["parent_id"])
        links = [SQL("SELECT 1 FROM res_partner c WHERE c.parent_id = p.id")]
        for name in ("res.users", "res.partner.bank", "snailmail.letter"):
            if name in self.env:
                self.env[name].flush_model(["partner_id"])
                table = SQL.identifier(self.env[name]._table)
                links.append(SQL("SELECT 1 FROM %s l WHERE l.partner_id = p.id", table))
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id FROM res_partner p
                    WHERE p.id = ANY(%s) AND p.parent_id IS NULL AND NOT EXISTS (%s)""",
                list(self.ids),
                SQL(" UNION ALL ").join(links),
            )
        )
        return {res_id for (res_id,) in rows}

    @api.model
    def _is_write_known(self):
        """No addon has a say of its own when a customer is written.

        Looked at each time: base_automation and auditlog put theirs in while running.
        """
        writers = (c for c in type(self).__mro__ if "write" in c.__dict__)
        return all(
            writer.__dict__["write"].__module__ in _KNOWN
            and writer.__module__ in _KNOWN
            for writer in writers
        )
