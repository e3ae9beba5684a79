from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...privacy.verdict import RIGHT, Facts, decide

# What holds for people, several at once: own answers (also those given while they were
# merged into another), those of records merged into them, and refusals by address. In
# each, the newest answer counts; between merged records the stricter one. `asked` has
# one row per (key, partner); a key is whatever the caller knows the person by.
HOLDS = """
people AS (
    SELECT key, partner_id, email, phone FROM asked
    %(merged)s
), said AS (
    SELECT a.key, c.subject_id AS subject, c.purpose_id, h.id AS channel_id,
           c.answer, c.date, c.id
      FROM people a
      JOIN crm_consent c ON c.partner_id = a.partner_id
      JOIN crm_consent_channel h ON COALESCE(c.channel_id, h.id) = h.id
     WHERE h.id = ANY(%(channels)s) AND %(counts)s AND c.subject_id != 0
    UNION ALL
    SELECT a.key, c.subject_id, c.purpose_id, h.id, c.answer, c.date, c.id
      FROM asked a
      JOIN crm_consent c ON c.subject_id = a.partner_id
       AND c.partner_id IS DISTINCT FROM a.partner_id
      JOIN crm_consent_channel h ON COALESCE(c.channel_id, h.id) = h.id
     WHERE h.id = ANY(%(channels)s) AND %(counts)s
    UNION ALL
    SELECT a.key, 0, c.purpose_id, h.id, c.answer, c.date, c.id
      FROM asked a
      JOIN crm_consent c ON c.email = a.email
      JOIN crm_consent_channel h ON COALESCE(c.channel_id, h.id) = h.id
     WHERE h.id = ANY(%(channels)s) AND h.address = 'email' AND %(counts)s
       AND (c.partner_id IS NULL OR c.answer != 'given')
    UNION ALL
    SELECT a.key, 0, c.purpose_id, h.id, c.answer, c.date, c.id
      FROM asked a
      JOIN crm_consent c ON c.phone = a.phone
      JOIN crm_consent_channel h ON COALESCE(c.channel_id, h.id) = h.id
     WHERE h.id = ANY(%(channels)s) AND h.address = 'phone' AND %(counts)s
       AND (c.partner_id IS NULL OR c.answer != 'given')
), subjects AS (
    SELECT DISTINCT key, subject, purpose_id, channel_id FROM said WHERE subject != 0
), spread AS (
    SELECT * FROM said WHERE subject != 0
    UNION ALL
    SELECT s.key, COALESCE(o.subject, 0), s.purpose_id, s.channel_id,
           s.answer, s.date, s.id
      FROM said s LEFT JOIN subjects o USING (key, purpose_id, channel_id)
     WHERE s.subject = 0
), newest AS (
    SELECT DISTINCT ON (key, purpose_id, channel_id, subject) *
      FROM spread ORDER BY key, purpose_id, channel_id, subject, date DESC, id DESC
), holds AS (
    SELECT DISTINCT ON (key, purpose_id, channel_id)
           key, purpose_id, channel_id, answer, date, id
      FROM newest
     ORDER BY key, purpose_id, channel_id, (answer = 'given'), date DESC, id DESC
)
"""
COUNTS = """
    c.purpose_id = ANY(%(purposes)s) AND c.date <= %(as_of)s AND c.answer != 'asked'
    AND (c.answer != 'given' OR c.confirmed OR NOT EXISTS (
        SELECT FROM crm_consent_purpose p
         WHERE p.id = c.purpose_id AND p.double_opt_in))
"""
MERGED = """
    UNION
    SELECT a.key, m.id, NULL, NULL FROM asked a
      JOIN res_partner m ON m.merged_into_id = a.partner_id
"""
BOUGHT = """
    EXISTS (SELECT FROM crm_purchase x WHERE x.partner_id = a.partner_id)
    OR EXISTS (SELECT FROM sale_order x
                WHERE x.partner_id = a.partner_id AND x.state = 'sale')
    OR EXISTS (SELECT FROM account_move x
                WHERE x.partner_id = a.partner_id AND x.state = 'posted'
                  AND x.move_type = 'out_invoice')
"""
# Of several partners behind one key, what stops one stops all
FACTS = """
facts AS (
    SELECT a.key, bool_or(%(gone)s) AS gone, bool_or(%(restricted)s) AS restricted,
           bool_or(%(returned)s) AS returned,
           bool_or(EXISTS (SELECT FROM mail_blacklist b
                            WHERE b.active AND b.email = a.email)) AS by_email,
           bool_or(EXISTS (SELECT FROM phone_blacklist b
                            WHERE b.active AND b.number = a.phone)) AS by_phone,
           bool_or(%(bought)s) AS bought
      FROM asked a GROUP BY a.key
)
"""


class Consent(models.Model):
    """What holds: one query for any number of people."""

    _inherit = "crm.consent"

    @api.model
    def _allowed(self, partners, purpose, channel, as_of=None):
        """Those of `partners` who may be addressed, in their order; in two queries.

        :param partners: `res.partner`
        :param purpose: `crm.consent.purpose`, or its code
        :param channel: code such as `mail`, `sms`, `call`
        :param as_of: moment (UTC) to judge by, now by default
        :raises UserError: the purpose is unknown
        """
        verdicts = self._judge(partners, purpose, channel, as_of)
        return partners.browse([i for i in partners._ids if verdicts.get(i) in RIGHT])

    @api.model
    def _judge(self, partners, purpose, channel, as_of=None):
        """{partner id: verdict}; `RIGHT` names the verdicts that allow.

        :return: `erased`, `duty`, `restricted`, `returned`, `blocked`, `given`,
            `withdrawn`, `objected`, `silent`, `customer`, `unasked`, `no_channel`
        """
        if not partners:
            return {}
        asked = self._ask_partners(partners)
        return self._judge_asked(asked, purpose, channel, as_of)

    @api.model
    def _judge_addresses(self, people, purpose, channel, as_of=None):
        """{key: verdict} of people known by their address, maybe as customers too.

        :param list people: `(key, partner id or None, e-mail or None, phone or None)`
            with an integer key; without a partner, all who have the address count
        """
        if not people:
            return {}
        keys, ids, emails, phones = (list(part) for part in zip(*people, strict=True))
        asked = SQL(
            """SELECT g.key, COALESCE(g.partner_id, p.id) AS partner_id,
                      g.email, g.phone
                 FROM unnest(%(keys)s::int[], %(ids)s::int[], %(emails)s::varchar[],
                             %(phones)s::varchar[]) AS g(key, partner_id, email, phone)
                 LEFT JOIN res_partner p ON g.partner_id IS NULL AND p.active
                      AND (p.email_normalized = g.email
                           OR g.email IS NULL AND p.phone_sanitized = g.phone)""",
            keys=keys,
            ids=[i or None for i in ids],
            emails=[e or None for e in emails],
            phones=[p or None for p in phones],
        )
        return self._judge_asked(asked, purpose, channel, as_of)

    @api.model
    def _judge_asked(self, asked, purpose, channel, as_of):
        if isinstance(purpose, str):
            purpose = self.env["crm.consent.purpose"]._by_code(purpose)
        purpose = purpose.sudo()
        place = purpose.channel_ids.filtered(lambda c: c.code == channel)
        facts = self._find_facts(asked, purpose, place)
        if not place:
            return dict.fromkeys(facts, "no_channel")
        if as_of:
            # The past is judged by what was said; lists tell of today only
            facts = {key: (*([False] * 5), known[5]) for key, known in facts.items()}
        answers = self._find_answers(asked, purpose, place, as_of)
        return {
            key: decide(
                purpose._is_duty(),
                purpose.unknown,
                answers.get((key, purpose.id, place.id), (None,))[0],
                _on(known, place.address),
            )
            for key, known in facts.items()
        }

    @api.model
    def _find_facts(self, asked, purposes, channels):
        """{key: (gone, restricted, returned, by e-mail, by phone, bought)}"""
        self._flush_states()
        asks = "customers" in purposes.mapped("unknown")
        barriers = self._get_barriers()
        query = SQL(
            "WITH asked AS (%s), %s SELECT * FROM facts",
            asked,
            SQL(FACTS, bought=SQL(BOUGHT if asks else "FALSE"), **barriers),
        )
        return {key: tuple(known) for key, *known in self.env.execute_query(query)}

    @api.model
    def _find_answers(self, asked, purposes, channels, as_of):
        """{(key, purpose id, channel id): (answer, date, id)}"""
        rows = self.env.execute_query(
            SQL(
                "WITH asked AS (%s), %s SELECT key, purpose_id, channel_id, answer, "
                "date, id FROM holds",
                asked,
                self._get_holds(purposes, channels, as_of),
            )
        )
        return {tuple(row[:3]): tuple(row[3:]) for row in rows}

    @api.model
    def _get_barriers(self):
        """SQL tests on `a.partner_id` that stand above any consent."""
        return dict.fromkeys(("gone", "restricted", "returned"), SQL("FALSE"))

    @api.model
    def _get_holds(self, purposes, channels, as_of):
        merged = "merged_into_id" in self.env["res.partner"]._fields
        counts = SQL(
            COUNTS,
            purposes=purposes.ids,
            as_of=as_of or fields.Datetime.now(),
        )
        return SQL(
            HOLDS,
            merged=SQL(MERGED) if merged else SQL(""),
            channels=channels.ids,
            counts=counts,
        )

    @api.model
    def _flush_states(self):
        for name in (
            "res.partner",
            "crm.consent",
            "crm.consent.purpose",
            "crm.consent.channel",
            "mail.blacklist",
            "phone.blacklist",
            "crm.suppression.hit",
            "crm.privacy.request",
        ):
            self.env[name].sudo().flush_model()

    @api.model
    def _current(self, partners, purposes=None, as_of=None):
        """The answers that hold for each partner, purpose and channel; one query.

        :param purposes: `crm.consent.purpose`, all that the user may see by default
        :param as_of: moment (UTC) to judge by, now by default
        :return: ``{partner id: {(purpose id, channel id): {"answer", "date", "id"}}}``;
            what nobody answered is not in it
        """
        if purposes is None:
            purposes = self.env["crm.consent.purpose"].search(Domain.TRUE)
        channels = purposes.sudo().channel_ids
        states = {partner_id: {} for partner_id in partners._ids}
        if not partners or not channels:
            return states
        self._flush_states()
        asked = self._ask_partners(partners)
        found = self._find_answers(asked, purposes, channels, as_of)
        for (key, *place), row in found.items():
            states[key][tuple(place)] = dict(
                zip(("answer", "date", "id"), row, strict=True)
            )
        return states

    @api.model
    def _overview(self, partners, purposes):
        """{partner id: {(purpose id, channel id): (verdict, answer, date)}}

        For a screen: two queries, whatever the number of purposes and channels.
        """
        partners = partners.filtered("id")
        if not partners:
            return {}
        purposes = purposes.sudo()
        channels = purposes.channel_ids
        asked = self._ask_partners(partners)
        facts = self._find_facts(asked, purposes, channels)
        found = self._find_answers(asked, purposes, channels, None)
        overview = {}
        for key, known in facts.items():
            cells = overview[key] = {}
            for purpose in purposes:
                for place in purpose.channel_ids:
                    answer, date, _id = found.get(
                        (key, purpose.id, place.id), (None, None, None)
                    )
                    verdict = decide(
                        purpose._is_duty(),
                        purpose.unknown,
                        answer,
                        _on(known, place.address),
                    )
                    cells[purpose.id, place.id] = (verdict, answer, date)
        return overview

    @api.model
    def _ask_partners(self, partners):
        return SQL(
            """SELECT p.id AS key, p.id AS partner_id, p.email_normalized AS email,
                      p.phone_sanitized AS phone
                 FROM res_partner p WHERE p.id = ANY(%s)""",
            [i for i in partners._ids if isinstance(i, int)],
        )

    @api.model
    def _tell_verdict(self, verdict):
        """A verdict in words, for lists of who was left out."""
        return {
            "erased": self.env._("Was erased on request"),
            "duty": self.env._("Needs no consent"),
            "restricted": self.env._("Has the use of the data restricted"),
            "returned": self.env._("Asked to be forgotten and came back"),
            "blocked": self.env._("The address is on the block list"),
            "given": self.env._("Agreed"),
            "withdrawn": self.env._("Withdrew the consent"),
            "objected": self.env._("Objected"),
            "silent": self.env._("Did not object"),
            "customer": self.env._("Is a customer and did not object"),
            "unasked": self.env._("Did not agree"),
            "no_channel": self.env._("The purpose does not use this channel"),
        }[verdict]


def _on(known, address):
    """The facts as they count on a channel with this kind of address."""
    gone, restricted, returned, by_email, by_phone, bought = known
    blocked = {"email": by_email, "phone": by_phone}.get(address, False)
    return Facts(gone, restricted, returned, blocked, bought)
