from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ...contrast.discovery import adjust

SURE = 0.05  # share of chance findings accepted among those called significant
SHOWN = 200  # facts given to the client, the most certain first

FILL = """
    CREATE TEMPORARY TABLE crm_segment_contrast ON COMMIT DROP AS
    SELECT base.id AS partner_id, base.id IN (%(inside)s) AS inside
      FROM %(base)s AS base
"""


class SegmentPicture(models.AbstractModel):
    """How the customers of a segment differ from the others.

    Shares are compared by a two-proportion z test, numbers by Welch's test, both of the
    segment against the rest of the base; as many things are looked at, p-values are
    adjusted (Benjamini & Hochberg). Nothing is claimed of a handful of customers.
    """

    _inherit = "crm.segment.picture"

    @api.model
    def profile(self, segment_id, base_id=None):
        """What is over- and under-represented in a segment.

        :param int segment_id: the segment
        :param base_id: another segment to compare with; None: all customers that are
            nobody's contact person
        :return: ``{segment: {id, name, color, family, size}, base: {id?, name, size},
            outside, words: [], shares: [...], numbers: [...]}``. A share is ``{group,
            label, inside, base, inside_share, base_share, index, p, significant, words,
            domain}``, a number ``{group, label, unit, inside, rest, effect, size, p,
            significant, words}`` with ``{count, mean, median}`` of either side; `p` is
            adjusted and None where there are too few to tell
        :raises UserError: a segment is not there for the reader
        """
        segment = self._read_record("crm.segment", segment_id)
        base = self._read_record("crm.segment", base_id) if base_id else None
        sizes = self._fill_contrast(segment, base)
        shares = self._get_shares(segment, sizes)
        numbers = self._get_numbers()
        self._judge(shares + numbers)
        for fact in shares:
            fact["words"] = self._tell_share(fact, base)
        for fact in numbers:
            fact["words"] = self._tell_number(fact)
        striking = [f for f in shares + numbers if f["significant"]]
        striking.sort(key=lambda f: (-f["strength"], f["label"]))
        return {
            "segment": {**self._show_segment(segment), "size": sizes["inside"]},
            "base": {
                "id": base.id if base else False,
                "name": base.name if base else self.env._("All customers"),
                "size": sizes["base"],
            },
            "outside": sizes["outside"],
            "words": [fact["words"] for fact in striking[:6]],
            "shares": self._sort_facts(shares),
            "numbers": self._sort_facts(numbers),
        }

    @api.model
    def open_fact(self, segment_id, domain):
        """Open those customers of a segment that fit a filter given by `profile`."""
        segment = self._read_record("crm.segment", segment_id)
        try:
            domain = Domain(domain if isinstance(domain, list) else None)
            domain.validate(self.env["res.partner"])
        except (ValueError, TypeError) as error:
            raise UserError(self.env._("These customers cannot be told.")) from error
        return self._open_customers(self._is_in(segment) & domain, segment.name)

    # ------------------------------------------------------------------ private

    @api.model
    def _fill_contrast(self, segment, base):
        """Lay out who is compared: the table `crm_segment_contrast`.

        :return: {base, inside, outside}: customers; `outside` are of the segment, but
            not of the base
        """
        inside = self._get_memberships(segment)
        inside = inside.select(SQL.identifier(inside.table, "partner_id"))
        if base:
            either = self._is_in(segment) | self._is_in(base)
            compared = self._get_customers(either)
        else:
            compared = self._get_customers([("parent_id", "=", False)])
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS pg_temp.crm_segment_contrast")
        cr.execute(SQL(FILL, inside=inside, base=compared.subselect()))
        cr.execute(
            "ALTER TABLE pg_temp.crm_segment_contrast ADD PRIMARY KEY (partner_id)"
        )
        cr.execute("ANALYZE pg_temp.crm_segment_contrast")
        cr.execute(
            "SELECT count(*), count(*) FILTER (WHERE inside) FROM crm_segment_contrast"
        )
        total, within = cr.fetchone()
        [(members,)] = self.env.execute_query(
            SQL("SELECT count(DISTINCT partner_id) FROM (%s) AS member", inside)
        )
        return {"base": total, "inside": within, "outside": members - within}

    @api.model
    def _get_compared(self, inside=False):
        """Ids of those compared, or of those in the segment, as SQL for a domain."""
        where = SQL("WHERE inside") if inside else SQL()
        return SQL("(SELECT partner_id FROM crm_segment_contrast %s)", where)

    @api.model
    def _judge(self, facts):
        """Say of each fact whether it may be chance, as so many were looked at."""
        adjusted = adjust([fact["p"] for fact in facts])
        for fact, p in zip(facts, adjusted, strict=True):
            fact["p"] = p
            fact["significant"] = p is not None and p <= SURE

    @api.model
    def _sort_facts(self, facts):
        facts.sort(key=lambda f: (not f["significant"], -f["strength"], f["label"]))
        return facts[:SHOWN]

    # ------------------------------------------------------------------ in words

    @api.model
    def _tell_share(self, fact, base):
        percent = {
            "what": f"{fact['group']}: {fact['label']}",
            "inside": f"{fact['inside_share']:.0%}",
            "base": f"{fact['base_share']:.0%}",
        }
        index = fact["index"]
        if index is None:
            return self.env._("%(what)s: nobody has it.", **percent)
        if fact["inside"] == 0:
            return self.env._(
                "%(what)s: nobody here, %(base)s of those compared.", **percent
            )
        if index >= 150:
            return self.env._(
                "%(what)s: %(times)s times as frequent as in all (%(inside)s against "
                "%(base)s).",
                times=f"{index / 100:.1f}",
                **percent,
            )
        if index > 100:
            return self.env._(
                "%(what)s: more frequent than in all (%(inside)s against %(base)s).",
                **percent,
            )
        return self.env._(
            "%(what)s: less frequent than in all (%(inside)s against %(base)s).",
            **percent,
        )

    @api.model
    def _tell_number(self, fact):
        values = {
            "what": fact["label"],
            "inside": self._show_number(fact["inside"]["mean"]),
            "rest": self._show_number(fact["rest"]["mean"]),
            "unit": f" {fact['unit']}" if fact["unit"] else "",
        }
        effect, size = fact["effect"], fact["size"]
        if effect is None or size == "none":
            return self.env._(
                "%(what)s: about the same (%(inside)s%(unit)s on average, the others "
                "%(rest)s%(unit)s).",
                **values,
            )
        words = {
            "large": self.env._("much"),
            "medium": self.env._("clearly"),
            "small": self.env._("a little"),
        }
        values["much"] = words[size]
        if effect > 0:
            return self.env._(
                "%(what)s: %(much)s higher (%(inside)s%(unit)s on average, the others "
                "%(rest)s%(unit)s).",
                **values,
            )
        return self.env._(
            "%(what)s: %(much)s lower (%(inside)s%(unit)s on average, the others "
            "%(rest)s%(unit)s).",
            **values,
        )

    @api.model
    def _show_number(self, number):
        """A mean with as many digits as say something: 14,520, but 0.23."""
        size = abs(number)
        digits = 0 if size >= 100 else 1 if size >= 10 else 2
        return formatLang(self.env, number, digits=digits)
