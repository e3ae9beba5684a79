import csv
import io

from odoo import api, fields, models
from odoo.tools import SQL

from ...identity import blocking, capture
from ...identity.record import COLUMNS, normalised

BATCH = 2000
HEAD = ("partner_id", "company_id", "is_company")

# Whom matching is about: customers in use. Not delivery addresses, not our own staff
# and companies.
MATCHED = SQL("""
    p.active AND p.name IS NOT NULL AND p.partner_share IS NOT FALSE
    AND COALESCE(p.type, 'contact') = 'contact'
    AND NOT EXISTS (SELECT FROM res_company own WHERE own.partner_id = p.id)
""")

RAW = """
    SELECT p.id AS partner_id, p.company_id, p.is_company IS TRUE AS is_company,
           p.name, p.email, COALESCE(p.phone_sanitized, p.phone) AS phone, p.vat,
           p.ref, p.street, p.street2, p.city, p.zip, p.website,
           lower(country.code) AS country, birth.value_date::text AS birth,
           personal.value_text AS personal
      FROM res_partner p
 LEFT JOIN res_country country ON country.id = p.country_id
 LEFT JOIN crm_attribute_value birth ON birth.partner_id = p.id
       AND birth.attribute_id = %(birth)s AND birth.valid_to IS NULL
 LEFT JOIN crm_attribute_value personal ON personal.partner_id = p.id
       AND personal.attribute_id = %(personal)s AND personal.valid_to IS NULL
     WHERE p.id IN %(ids)s AND %(matched)s
"""


class CrmMatchKey(models.Model):
    """The compared values of a customer in one spelling, and the keys it is found by.

    One narrow row per customer, so that neither a run nor the search for duplicates of
    a new customer reads the wide `res_partner` or spells anything anew. A trigger notes
    whose values changed; rows follow in batches, hence writing customers stays as fast
    as it was. `keys` holds one number per rule that the customer has all values for
    (see `identity.blocking`), under one GIN index whatever the rules are.
    """

    _name = "crm.match.key"
    _description = "Compared Values of a Customer"
    _log_access = False
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", ondelete="cascade")
    is_company = fields.Boolean()
    given = fields.Char()
    family = fields.Char()
    sound = fields.Char()
    name = fields.Char()
    email = fields.Char()
    domain = fields.Char()
    phone = fields.Char()
    vat = fields.Char()
    ref = fields.Char()
    street = fields.Char()
    house = fields.Char()
    street2 = fields.Char()
    city = fields.Char()
    zip = fields.Char()
    country = fields.Char()
    birth = fields.Char()
    personal = fields.Char()

    _partner_uniq = models.Constraint("UNIQUE (partner_id)", "One row per customer.")

    def init(self):
        cr = self.env.cr
        cr.execute("ALTER TABLE crm_match_key ADD COLUMN IF NOT EXISTS keys bigint[]")
        cr.execute(
            "CREATE INDEX IF NOT EXISTS crm_match_key_keys ON crm_match_key "
            "USING gin (keys)"
        )
        for statement in capture.install():
            cr.execute(statement)
        cr.execute("SELECT EXISTS (SELECT FROM crm_match_key)")
        if not cr.fetchone()[0]:
            self._mark_all()

    @api.model
    def _remove_triggers(self):
        """Stop noting changes."""
        for statement in capture.remove():
            self.env.cr.execute(statement)

    # ------------------------------------------------------------------ who changed

    @api.model
    def _mark_all(self):
        """All rows are to be made anew, as after a change of the rules."""
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO crm_match_stale SELECT id FROM res_partner "
            "EXCEPT SELECT partner_id FROM crm_match_stale"
        )

    @api.model
    def _mark(self, partner_ids):
        self.env.cr.execute(
            SQL(
                "INSERT INTO crm_match_stale SELECT unnest(%s::int[])",
                list(partner_ids),
            )
        )

    @api.model
    def _count_stale(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT count(DISTINCT partner_id) FROM crm_match_stale")
        return self.env.cr.fetchone()[0]

    @api.model
    def _refresh_all(self, report=None):
        """Bring every row up to date.

        :param report: called with (done, total)
        :return: number of customers that had changed
        """
        ids = self._take()
        total = len(ids)
        for start in range(0, total, BATCH):
            self._remake(ids[start : start + BATCH])
            if report:
                report(min(start + BATCH, total), total)
        if total > BATCH:
            self.env.cr.execute("ANALYZE crm_match_key")
        return total

    @api.model
    def _refresh(self, limit=BATCH):
        """Bring the rows of some changed customers up to date.

        :return: ids of the customers that had changed; none when all is up to date
        """
        ids = self._take(limit)
        self._remake(ids)
        return ids

    @api.model
    def _take(self, limit=None):
        """Ids from the list of changed customers, which are off it then.

        What another transaction works on is left to it.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """WITH taken AS (
                   DELETE FROM crm_match_stale WHERE ctid IN (
                       SELECT ctid FROM crm_match_stale
                        LIMIT %s FOR UPDATE SKIP LOCKED)
                   RETURNING partner_id)
               SELECT DISTINCT partner_id FROM taken ORDER BY partner_id""",
            [limit],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _remake(self, ids):
        if ids:
            self._store(ids, self._make_rows(self._fetch_raw(ids)))

    # ------------------------------------------------------------------ values

    @api.model
    def _fetch_raw(self, ids):
        """What is compared of some customers, as entered; none of those not matched."""
        attribute = self.env["crm.attribute"].sudo().with_context(active_test=False)
        codes = ("birth_date", "personal_number")
        found = attribute.search([("code", "in", codes)])
        by_code = {one.code: one.id for one in found}
        return self.env.execute_query_dict(
            SQL(
                RAW,
                ids=tuple(ids),
                birth=by_code.get("birth_date", 0),
                personal=by_code.get("personal_number", 0),
                matched=MATCHED,
            )
        )

    @api.model
    def _make_rows(self, raws):
        """(raw, normalised values, keys) of customers as entered."""
        home = self._home_country()
        rules = self._get_rules()
        for raw in raws:
            values = normalised(raw, home)
            yield raw, values, blocking.keys(values, rules[bool(raw["is_company"])])

    @api.model
    def _home_country(self):
        """Code of the country that the company's address names, in small letters.

        By one narrow query: reading a company through the ORM takes longer than the
        whole search for duplicates.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT lower(c.code) FROM res_company o
                     JOIN res_partner p ON p.id = o.partner_id
                     JOIN res_country c ON c.id = p.country_id WHERE o.id = %s""",
                self.env.company.id,
            )
        )
        return rows[0][0] if rows else None

    @api.model
    def _get_rules(self):
        """{is a company: rules}"""
        settings = self.env["crm.match.setting"]
        found = {kind: settings._get_search(kind) for kind in ("person", "company")}
        return {
            kind == "company": one.rules if one else () for kind, one in found.items()
        }

    @api.model
    def _store(self, ids, rows):
        """Make these the rows of some customers; who has none is not matched."""
        cr = self.env.cr
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        for raw, values, keys in rows:
            writer.writerow(
                [raw["partner_id"], raw["company_id"] or None, raw["is_company"]]
                + [values[column] for column in COLUMNS]
                + ["{%s}" % ",".join(map(str, keys))]
            )
        buffer.seek(0)
        names = [*HEAD, *COLUMNS, "keys"]
        columns = SQL(", ").join(map(SQL.identifier, names))
        cr.execute(
            SQL(
                "CREATE TEMP TABLE IF NOT EXISTS crm_match_key_new "
                "ON COMMIT DROP AS SELECT %s FROM crm_match_key LIMIT 0",
                columns,
            )
        )
        cr.execute("TRUNCATE crm_match_key_new")
        cr.copy_expert("COPY crm_match_key_new FROM STDIN WITH (FORMAT csv)", buffer)
        cr.execute(
            SQL(
                "DELETE FROM crm_match_key WHERE partner_id IN %s "
                "AND partner_id NOT IN (SELECT partner_id FROM crm_match_key_new)",
                tuple(ids),
            )
        )
        changes = SQL(", ").join(
            SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
            for name in names[1:]
        )
        cr.execute(
            SQL(
                """INSERT INTO crm_match_key AS k (%(columns)s)
                   SELECT %(columns)s FROM crm_match_key_new
                   ON CONFLICT (partner_id) DO UPDATE SET %(changes)s""",
                columns=columns,
                changes=changes,
            )
        )
        self.invalidate_model(flush=False)
