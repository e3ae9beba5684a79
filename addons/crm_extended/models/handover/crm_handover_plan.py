from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...succession.distribution import Customer, distribute
from .crm_handover import PREPARED
from .matter import MATTERS

LIVE = ("planned", "queued", "running")

LIST = """
    WITH matter AS (%(matters)s),
    found AS (
        SELECT partner_id, %(counts)s,
               count(*) FILTER (WHERE code != 'customer') AS weight,
               COALESCE(sum(value) FILTER (WHERE code = 'opportunity'), 0)
                   AS opportunity_value
          FROM matter GROUP BY partner_id)
    INSERT INTO crm_handover_line AS l
        (handover_id, chosen, letter_state, by_hand, partner_id, %(names)s, weight,
         opportunity_value)
    SELECT %(handover)s, TRUE, 'none', FALSE, partner_id, %(names)s, weight,
           opportunity_value
      FROM found
     WHERE %(takes_new)s OR EXISTS (
           SELECT FROM crm_handover_line k WHERE k.handover_id = %(handover)s
              AND k.partner_id IS NOT DISTINCT FROM found.partner_id)
    ON CONFLICT (handover_id, partner_id) DO UPDATE SET
        (%(names)s, weight, opportunity_value)
        = ROW (%(excluded)s, EXCLUDED.weight, EXCLUDED.opportunity_value)
    RETURNING id
"""
VALUE = """
    WITH listed AS (
        SELECT id, partner_id FROM crm_handover_line
         WHERE handover_id = %(handover)s AND partner_id IS NOT NULL),
    worth AS (
        SELECT l.id, u.amount_company AS amount
          FROM listed l JOIN res_partner p ON p.commercial_partner_id = l.partner_id
          JOIN crm_purchase u ON u.partner_id = p.id
         WHERE u.company_id = %(company)s AND u.date > %(since)s
        UNION ALL
        SELECT l.id, m.amount_untaxed_signed
          FROM listed l JOIN account_move m ON m.commercial_partner_id = l.partner_id
         WHERE m.state = 'posted' AND m.move_type IN ('out_invoice', 'out_refund')
           AND m.company_id = %(company)s AND m.invoice_date > %(since)s),
    total AS (SELECT id, sum(amount) AS amount FROM worth GROUP BY id)
    UPDATE crm_handover_line l SET value = COALESCE(total.amount, 0)
      FROM crm_handover_line k LEFT JOIN total ON total.id = k.id
     WHERE k.id = l.id AND k.handover_id = %(handover)s
"""
CUSTOMERS = """
    SELECT l.partner_id, l.weight, l.id, p.country_id, p.state_id, p.zip, p.lang,
           (SELECT array_agg(c.category_id) FROM res_partner_res_partner_category_rel c
             WHERE c.partner_id = p.id),
           (SELECT u.branch_id FROM crm_purchase u JOIN res_partner f
                ON f.id = u.partner_id AND f.commercial_partner_id = p.id
             WHERE u.branch_id IS NOT NULL AND u.company_id = %(company)s
             GROUP BY u.branch_id ORDER BY count(*) DESC, u.branch_id LIMIT 1),
           CASE WHEN l.by_hand THEN l.successor_id END
      FROM crm_handover_line l LEFT JOIN res_partner p ON p.id = l.partner_id
     WHERE l.handover_id = %(handover)s AND l.chosen
"""


class CrmHandover(models.Model):
    """The preview: who gets what, before anything is moved."""

    _inherit = "crm.handover"

    def action_prepare(self):
        """List the customers and give each to a successor by the rule.

        What was chosen by hand stays; customers that came since are added.
        """
        self.check_access("write")
        for handover in self:
            handover._check_preparing()
            if not handover.successor_ids:
                raise UserError(self.env._("Name at least one successor first."))
            handover.sudo()._prepare(takes_new=True)
            if not handover.line_ids:
                raise UserError(
                    self.env._(
                        "%(person)s answers for nothing of what you chose.",
                        person=handover.user_id.name,
                    )
                )
        return True

    def _prepare(self, takes_new):
        """List, weigh and distribute: a handful of statements for any number."""
        self.ensure_one()
        self.env.flush_all()
        self._list_customers(takes_new)
        self._learn_size("crm.handover.line")
        since = fields.Date.context_today(self) - relativedelta(years=1)
        self.env.cr.execute(
            SQL(VALUE, handover=self.id, company=self.company_id.id, since=since)
        )
        self.env["crm.handover.line"].invalidate_model(flush=False)
        self._weigh_successors()
        self._distribute()
        self.prepared_at = fields.Datetime.now()
        self.invalidate_recordset(["line_ids"])

    def _list_customers(self, takes_new):
        names = [SQL.identifier(f"{matter.code}_count") for matter in MATTERS]
        counts = [
            SQL("count(*) FILTER (WHERE code = %s) AS %s", matter.code, name)
            for matter, name in zip(MATTERS, names, strict=True)
        ]
        excluded = [SQL("EXCLUDED.%s", name) for name in names]
        rows = self.env.execute_query(
            SQL(
                LIST,
                matters=self._select_matters(),
                counts=SQL(", ").join(counts),
                names=SQL(", ").join(names),
                excluded=SQL(", ").join(excluded),
                handover=self.id,
                takes_new=takes_new,
            )
        )
        # what the person answers for no more is none of this handover
        self.env.cr.execute(
            SQL(
                "DELETE FROM crm_handover_line "
                "WHERE handover_id = %s AND id != ALL(%s)",
                self.id,
                [id_ for (id_,) in rows],
            )
        )

    def _weigh_successors(self):
        counts = [
            SQL(
                "SELECT %s, count(*) FROM (%s) own WHERE code != 'customer'",
                one.id,
                self._select_matters(one.user_id.id),
            )
            for one in self.successor_ids
        ]
        if not counts:
            return
        loads = dict(self.env.execute_query(SQL(" UNION ALL ").join(counts)))
        for one in self.successor_ids:
            one.load_before = loads.get(one.id, 0)

    def _distribute(self):
        rows = self.env.execute_query(
            SQL(CUSTOMERS, handover=self.id, company=self.company_id.id)
        )
        customers, lines, given = [], {}, {}
        for id_, weight, line, country, state, code, lang, tags, branch, hand in rows:
            lines[id_] = line
            if hand:
                given[id_] = hand
            tags = frozenset(tags or ())
            customers.append(
                Customer(
                    id_, weight, country, state, code or "", branch, tags, lang or ""
                )
            )
        successors = [one._get_rule_input() for one in self.successor_ids]
        choices = distribute(customers, successors, self.rule, given)
        chosen = [id_ for id_ in lines if id_ in choices]
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_handover_line l
                   SET successor_id = new.successor_id, reason = new.reason
                  FROM (SELECT l.id, c.successor_id, c.reason
                          FROM crm_handover_line l
                          LEFT JOIN unnest(%(lines)s::int[], %(users)s::int[],
                                           %(reasons)s::text[])
                               AS c (id, successor_id, reason) ON c.id = l.id
                         WHERE l.handover_id = %(handover)s AND l.chosen
                           AND NOT l.by_hand) new
                 WHERE new.id = l.id
                """,
                lines=[lines[id_] for id_ in chosen],
                users=[choices[id_].successor for id_ in chosen],
                reasons=[self._tell_choice(choices[id_]) for id_ in chosen],
                handover=self.id,
            )
        )
        self.env["crm.handover.line"].invalidate_model(flush=False)

    def _tell_choice(self, choice):
        places = {
            "zip": self.env._("Postal code"),
            "branch": self.env._("Branch"),
            "state": self.env._("State"),
            "country": self.env._("Country"),
        }
        if choice.rule == "territory":
            return places[choice.place]
        if choice.rule == "skill":
            tags = self.env["res.partner.category"].browse(sorted(choice.tags))
            names = ", ".join(tags.mapped("name"))
            return names or self.env._("Language")
        return self.env._("Fewest open matters")

    # ------------------------------------------------------------------ checks

    def _check_startable(self):
        """Every chosen customer has a successor, and no other handover takes it."""
        self.ensure_one()
        if self.undoing:
            return
        if self.state not in (*PREPARED, *LIVE):
            raise UserError(
                self.env._("%(handover)s is done already.", handover=self.name)
            )
        if not self.line_ids:
            raise UserError(self.env._("Preview first: nobody is listed yet."))
        self._check_decided()
        self._check_alone()

    def _check_decided(self):
        if not self.chosen_count:
            raise UserError(self.env._("Choose at least one customer."))
        if self.open_count:
            raise UserError(
                self.env._(
                    "%(count)s chosen customers have no successor. Open the customers, "
                    "filter Without Successor and name one, or leave them out.",
                    count=self.open_count,
                )
            )
        users = self.line_ids.filtered("chosen").successor_id
        self._check_successors(users)

    def _check_alone(self):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT h.id, count(*) FROM crm_handover_line mine
                  JOIN crm_handover_line other
                    ON COALESCE(other.partner_id, 0) = COALESCE(mine.partner_id, 0)
                   AND other.handover_id != mine.handover_id AND other.chosen
                  JOIN crm_handover h ON h.id = other.handover_id
                 WHERE mine.handover_id = %(handover)s AND mine.chosen
                   AND h.user_id = %(user)s AND h.state IN %(live)s
                   AND h.company_id = %(company)s
                 GROUP BY h.id ORDER BY h.id LIMIT 1
                """,
                handover=self.id,
                user=self.user_id.id,
                live=LIVE,
                company=self.company_id.id,
            )
        )
        for other, count in rows:
            raise UserError(
                self.env._(
                    "%(count)s of these customers are in the handover %(other)s "
                    "already. Withdraw it, or leave these customers out here.",
                    count=count,
                    other=self.sudo().browse(other).name,
                )
            )
