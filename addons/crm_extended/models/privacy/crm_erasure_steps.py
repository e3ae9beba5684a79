from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...privacy.declaration import NONE, SUBJECT

PART = 20000  # rows changed by one statement
# Removing these must take files or counters along: the ORM does it
BY_ORM = ("ir.attachment", "mail.activity")


class Erasure(models.Model):
    """How data are erased: all rows are found first, then changed table by table."""

    _inherit = "crm.erasure"

    def _execute(self):
        """Erase; the run is one transaction, so a person is erased whole or not."""
        self.ensure_one()
        self = self.with_context(lang=self.env.company.partner_id.lang)
        persons = self._get_persons()
        refusals = self._get_refusals(persons)
        if refusals:
            raise UserError("\n".join(refusals))
        self.env.flush_all()
        found = self._find_rows(persons)
        addresses = self._get_addresses(persons)
        lines = self._count_rows(persons, found)
        if self.suppress:
            self.env["crm.suppression"]._add(addresses, self)
        self._note_in_privacy_log(persons)
        total = len(found) + 2
        for done, (model, rows) in enumerate(found.items(), start=1):
            self._erase_rows(model, rows)
            self._report(done, total, self.env[model]._description)
        self._erase_mail(persons)
        self._close_persons(persons)
        self.sudo().line_ids.unlink()
        return {
            "person_count": len(persons),
            "refusal": False,
            "warning": False,
            "line_ids": [fields.Command.create(line) for line in lines],
        }

    # ------------------------------------------------------------------ finding

    def _find_rows(self, persons):
        """Rows that belong to these people: {model: {row action: ids}}.

        Customers come first: triggers and caches that follow them must find them
        empty. A row that belongs by several fields gets the strongest action.
        """
        found = {}
        names = sorted(self.env["crm.personal.data"]._get_map())
        names.sort(key=lambda name: name != "res.partner")
        for name in names:
            rows = self._find_rows_of(name, persons)
            if rows:
                found[name] = rows
        return found

    def _find_rows_of(self, name, persons):
        data = self.env["crm.personal.data"]
        model = self.env[name].sudo()
        model = model.with_context(active_test=False, skip_res_field_check=True)
        if name == "res.partner":
            return {"keep": set(persons.ids)}
        rows, taken = {}, set()
        if model._abstract or model._transient or not model._auto:
            return rows
        for action in ("delete", "detach", "keep"):
            domains = [
                self._get_subject_domain(model, row.field, persons)
                for row in data._get_subjects(name)
                if row.action == action
            ]
            if domains:
                domain = Domain.OR(domains) & self._get_touchable_domain(name)
                ids = set(model.search(domain, order="id").ids) - taken
                taken |= ids
                if ids:
                    rows[action] = ids
        return rows

    @api.model
    def _get_touchable_domain(self, name):
        """Rows of a model that an erasure may touch; override to keep some as they are.

        Messages and files of invoices belong to the books.
        """
        if name == "mail.message":
            return Domain("model", "!=", "account.move")
        return Domain.TRUE

    @api.model
    def _get_subject_domain(self, model, path, persons):
        """Which rows belong to these people by one declared field.

        The field is a link to the customer, an address, or the number of a document
        beside its model; a path leads through links.
        """
        before, _dot, last = path.rpartition(".")
        target = model
        for name in before.split(".") if before else ():
            target = self.env[target._fields[name].comodel_name]
        field = target._fields[last]
        prefix = f"{before}." if before else ""
        if field.comodel_name == "res.partner":
            return Domain(path, "in", persons.ids)
        if field.type in ("char", "text"):
            kind = "phone" if "phone" in last or "number" in last else "email"
            known = {value for k, value in self._get_addresses(persons) if k == kind}
            return Domain(path, "in", list(known))
        if field.type == "many2one_reference":
            of_people = Domain(prefix + field.model_field, "=", "res.partner")
        elif "model_id" in target._fields:
            of_people = Domain(prefix + "model_id.model", "=", "res.partner")
        else:
            of_people = Domain.TRUE
        return of_people & Domain(path, "in", persons.ids)

    @api.model
    def _get_addresses(self, persons):
        """The addresses of people, as they compare: {(kind, value)}"""
        found = {("email", p.email_normalized) for p in persons if p.email_normalized}
        found |= {("phone", p.phone_sanitized) for p in persons if p.phone_sanitized}
        return found

    @api.model
    def _count_rows(self, persons, found=None):
        """Values of `crm.erasure.line`, what becomes of which records."""
        self.env.flush_all()
        found = self._find_rows(persons) if found is None else found
        data = self.env["crm.personal.data"]
        lines = []
        for name, rows in found.items():
            changed = any(
                row.action in ("empty", "pseudonym") for row in data._get_personal(name)
            )
            for action, ids in rows.items():
                outcome = "erase" if action == "keep" and changed else action
                lines.append(
                    {
                        "model_id": self.env["ir.model"]._get_id(name),
                        "outcome": outcome,
                        "row_count": len(ids),
                        "why": self._tell_why(name, outcome),
                    }
                )
        return lines

    @api.model
    def _tell_why(self, name, outcome):
        by_law = (
            "account.move",
            "account.payment",
            "account.bank.statement.line",
            "payment.transaction",
        )
        if name in by_law:
            return self.env._("Bookkeeping: kept as long as the tax law demands")
        if name == "crm.consent":
            return self.env._("Proof of what was agreed and withdrawn, without address")
        if name == "res.partner":
            return self.env._("A number stands for the person in what is kept")
        return {
            "delete": self.env._("Says something about the person and is not needed"),
            "erase": self.env._("Figures stay, nothing in them names the person"),
            "detach": self.env._("An anonymous answer stays"),
            "keep": self.env._("Needed for the contract and its proof"),
        }[outcome]

    # ------------------------------------------------------------------ erasing

    def _erase_rows(self, name, rows):
        model = self.env[name].sudo().with_context(active_test=False)
        if name in BY_ORM and rows.get("delete"):
            model.browse(sorted(rows["delete"])).exists().unlink()
            return
        self._erase_files(model, [i for ids in rows.values() for i in ids])
        self._allow_consents(name)
        for ids in in_parts(rows.get("delete", ())):
            self.env.cr.execute(
                SQL("DELETE FROM %s WHERE id = ANY(%s)", self._table_of(model), ids)
            )
        for action in ("detach", "keep"):
            changes = self._get_changes(model, action)
            for ids in in_parts(rows.get(action, ())) if changes else ():
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s WHERE id = ANY(%s)",
                        self._table_of(model),
                        SQL(", ").join(changes),
                        ids,
                    )
                )
        self._forbid_consents(name)
        self.env.invalidate_all(flush=False)

    @api.model
    def _erase_files(self, model, ids):
        """Files kept in declared fields go, with what lies on the disk."""
        names = [
            row.field
            for row in self.env["crm.personal.data"]._get_personal(model._name)
            if row.action == "empty" and not model._fields[row.field].column_type
        ]
        if names and ids:
            self.env["ir.attachment"].sudo().search(
                [
                    ("res_model", "=", model._name),
                    ("res_field", "in", names),
                    ("res_id", "in", ids),
                ]
            ).unlink()

    @api.model
    def _table_of(self, model):
        return SQL.identifier(model._table)

    def _get_changes(self, model, action):
        """SQL assignments that empty the declared columns of a table."""
        declared = self.env["crm.personal.data"]._get_map()[model._name]
        changes = []
        for row in declared:
            field = model._fields.get(row.field)
            if not field or not field.store or not field.column_type:
                continue
            column = SQL.identifier(field.name)
            number = SQL("%s || ' ' || id", self.env._("Erased"))
            if row.category == SUBJECT:
                if action == "detach" and row.action == "detach":
                    changes.append(SQL("%s = NULL", column))
            elif row.category == NONE:
                continue
            elif row.action == "pseudonym":
                changes.append(SQL("%s = %s", column, number))
            elif row.action == "empty" and not field.required:
                changes.append(SQL("%s = NULL", column))
            elif row.action == "empty" and field.type in ("char", "text", "html"):
                changes.append(SQL("%s = %s", column, number))
        return changes

    def _allow_consents(self, name):
        """The one exception to the consent log's being append-only."""
        if name == "crm.consent":
            self.env.cr.execute("SELECT set_config('crm_extended.erasing', 'on', true)")

    def _forbid_consents(self, name):
        if name == "crm.consent":
            self.env.cr.execute("SELECT set_config('crm_extended.erasing', '', true)")

    # ------------------------------------------------------------------ the customer

    def _note_in_privacy_log(self, persons):
        """One line each in Odoo's own log, which masks names and addresses."""
        logs = self.env["privacy.log"].sudo()
        logs.create(
            [
                {
                    "anonymized_name": person.name,
                    "anonymized_email": person.email_normalized,
                    "user_id": self.env.uid,
                    "execution_details": self.env._("Erased by %(run)s", run=self.name),
                }
                for person in persons
                if person.name and (person.email_normalized or "").count("@") == 1
            ]
        )

    def _close_persons(self, persons):
        """Archive the shells, name them after their number, close returned ones."""
        self.env["crm.suppression.hit"].sudo().search(
            [("partner_id", "in", persons.ids), ("state", "=", "open")]
        ).write({"state": "erased", "decided_by_id": self.env.uid})
        self.env.cr.execute(
            SQL(
                """UPDATE res_partner SET active = FALSE, erased_at = %s,
                          write_date = %s WHERE id = ANY(%s)""",
                fields.Datetime.now(),
                fields.Datetime.now(),
                persons.ids,
            )
        )
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        partners.invalidate_model(flush=False)
        contacts = partners.search(
            [("parent_id", "in", persons.ids), ("id", "not in", persons.ids)]
        )
        for name in ("complete_name", "commercial_company_name"):
            self.env.add_to_compute(partners._fields[name], contacts)
        users = self.env["res.users"].sudo().with_context(active_test=False)
        users.search([("partner_id", "in", persons.ids)]).write({"active": False})
        self.env.flush_all()


def in_parts(ids):
    """Ids in lists of a size that one statement takes."""
    ids = sorted(ids)
    return [ids[i : i + PART] for i in range(0, len(ids), PART)]
