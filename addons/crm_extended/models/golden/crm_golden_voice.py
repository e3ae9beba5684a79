from collections import defaultdict
from datetime import datetime

from odoo import api, models
from odoo.tools import SQL, html2plaintext

from ...loading.customer_fields import to_fields
from ...survivorship.voice import Voice, canonical, is_filled

# a customer has these without anyone having said so
_DEFAULTED = frozenset({"lang", "is_company", "tz", "employee"})
_ROW_TRUST = 50  # of values without a known origin, when no source is by hand
RECORD, ROW = 0, 1  # first part of the key of a voice, its id is the last


class Golden(models.Model):
    """Who says what about customers, gathered in a fixed number of queries."""

    _inherit = "crm.golden"

    @api.model
    def _gather_records(self, partner_ids):
        """What their source records say; sources that only propose are not heard.

        :return: partner id -> list of (Voice, source id)
        """
        self.env["crm.source"].flush_model(["trust", "kind", "proposes"])
        self.env["crm.source.record"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT r.id, r.partner_id, r.source_id, s.trust, s.kind,
                          r.accepted, r.observed, r.received_at
                   FROM crm_source_record r JOIN crm_source s ON s.id = r.source_id
                   WHERE r.partner_id = ANY(%s) AND s.proposes IS NOT TRUE""",
                list(partner_ids),
            )
        )
        voices = defaultdict(list)
        for id_, partner, source, trust, kind, accepted, observed, received in rows:
            voice = self._make_voice(
                (RECORD, id_), to_fields(accepted), trust, observed, received
            )
            voices[partner].append(
                Voice(
                    voice.key,
                    voice.values,
                    voice.trust,
                    voice.observed,
                    source,
                    kind == "manual",
                )
            )
        self._forget_gone(voices)
        return voices

    @api.model
    def _make_voice(self, key, values, trust, observed, received):
        stamp = _to_seconds(received)
        times = to_fields(observed)
        return Voice(
            key,
            values,
            trust or 0,
            {name: _to_seconds(times.get(name)) or stamp for name in values},
        )

    @api.model
    def _forget_gone(self, voices):
        """A country or language that is gone since is no value any more."""
        partner_fields = self.env["res.partner"]._fields
        said = defaultdict(set)
        for voice in (v for group in voices.values() for v in group):
            for name, value in voice.values.items():
                field = partner_fields.get(name)
                if field and field.type == "many2one" and is_filled(value):
                    said[name].add(value)
        known = {
            name: set(
                self.env[partner_fields[name].comodel_name].browse(ids).exists().ids
            )
            for name, ids in said.items()
        }
        if "lang" in partner_fields:
            known["lang"] = {
                code for code, _name in self.env["res.lang"].get_installed()
            }
        for group in voices.values():
            for voice in group:
                for name in known.keys() & voice.values.keys():
                    if is_filled(voice.values[name]) and (
                        voice.values[name] not in known[name]
                    ):
                        voice.values[name] = None

    @api.model
    def _gather_rows(self, partners, names, records):
        """What stands on the customers themselves and none of their records says.

        Nobody knows who entered it: it counts as entered by hand when the row was
        written last.

        :param records: as `_gather_records` gives it
        :return: partner id -> Voice
        """
        trust = self._get_hand_trust()
        partners.fetch([*names, "company_id", "write_date"])
        voices = {}
        for partner in partners:
            own = records.get(partner.id, ())
            skipped = _DEFAULTED if own else frozenset()
            values = {}
            for name in names:
                value = self._read_value(partner, name)
                if is_filled(value) and value is not False and name not in skipped:
                    values[name] = value
            if partner.is_company and not own and "is_company" in names:
                values["is_company"] = True
            stamp = _to_seconds(partner.write_date)
            voices[partner.id] = Voice(
                (ROW, partner.id),
                values,
                trust,
                dict.fromkeys(values, stamp),
                ("hand",),
                True,
            )
        return voices

    @api.model
    def _get_hand_trust(self):
        source = self.env["crm.source"].sudo()._get_manual()
        return source.trust if source else _ROW_TRUST

    @api.model
    def _read_value(self, partner, name):
        """The value of a customer as a record would say it; None when empty."""
        value = partner[name]
        field = partner._fields[name]
        if field.type == "many2one":
            return value.id or None
        if field.type == "boolean":
            return bool(value)
        if field.type == "date":
            return value.isoformat() if value else None
        return str(value) if value else None

    @api.model
    def _is_same(self, name, one, other):
        """Whether two values are one for people; the markup of notes means nothing."""
        field = self.env["res.partner"]._fields[name]
        if field.type == "html":
            one, other = (html2plaintext(v) if v else None for v in (one, other))
        elif name == "website":
            one, other = (_bare(v) for v in (one, other))
        return (canonical(one) or None) == (canonical(other) or None)


def _bare(url):
    text = str(url or "").strip().casefold()
    return text.removeprefix("https://").removeprefix("http://").rstrip("/")


def _to_seconds(moment) -> float:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return (moment - datetime(1970, 1, 1)).total_seconds() if moment else 0.0
