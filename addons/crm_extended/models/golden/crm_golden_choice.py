from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ...survivorship.decide import decide
from ...survivorship.voice import Voice, is_filled
from .crm_golden_voice import RECORD, ROW
from .crm_survivorship_rule import _BARRED

_PLAIN = ("char", "text", "html", "many2one", "selection", "date")


class Choice(NamedTuple):
    """The value believed about one field of one customer.

    :param value: as a record says it: None, text, bool or id
    :param partner_id: the customer record that it came from
    :param rule: strategy or reason, as in crm.golden
    :param observed: seconds since the epoch, 0 where unknown
    :param contested: several records spoke, so that there was something to decide
    """

    value: object
    partner_id: int
    rule: str
    source_id: int | None = None
    record_id: int | None = None
    observed: float = 0.0
    contested: bool = False

    def get_observed_at(self) -> datetime | None:
        if not self.observed:
            return None
        return datetime(1970, 1, 1) + timedelta(seconds=self.observed)


class Golden(models.Model):
    """Decides what is believed. Nothing is written here."""

    _inherit = "crm.golden"

    @api.model
    def _choose(self, groups):
        """The value that survives per field when the members of each group are one.

        A pinned value survives, then the field's rule decides among what the members'
        sources say and what stands on the members without a source. A field without a
        rule keeps the target's value, or takes another member's where it has none.
        Any number of groups costs the same number of queries.

        :param groups: list of (target_id, [source_ids]) of res.partner
        :return: ``{target_id: {field: {"value", "partner_id", "rule", "source_id",
            "record_id", "observed_at"}}}``; value as `write` takes it
        """
        members = {
            target: [target, *sorted(set(sources) - {target})]
            for target, sources in groups
        }
        ids = sorted({id_ for group in members.values() for id_ in group})
        # sudo: whoever may unite them may not see each source's company; only the
        # values chosen come out
        partners = self.env["res.partner"].sudo().browse(ids)
        golden = self.sudo().with_context(active_test=False)
        watched = sorted(self.env["crm.survivorship.rule"]._get_watched())
        records = golden._gather_records(ids)
        rest = golden._get_fillable_names()
        rows = golden._gather_rows(partners, [*watched, *rest], records)
        pins = golden._gather_pins(ids)
        companies = {partner.id: partner.company_id.id or 0 for partner in partners}
        chosen = {}
        for target, group in members.items():
            found = golden._choose_one(group, companies[target], records, rows, pins)
            for name in rest:
                if name not in found and (choice := _fill(name, group, rows)):
                    found[name] = choice
            chosen[target] = {name: _export(c) for name, c in found.items()}
        return chosen

    @api.model
    def _choose_one(self, group, company_id, records, rows, pins):
        rules = self.env["crm.survivorship.rule"]._get_rules(company_id)
        speaker = {}  # key of a voice -> customer it came from
        voices = []
        for member in group:
            for voice in records.get(member, ()):
                voices.append(voice)
                speaker[voice.key] = member
        found = {}
        for rule in rules:
            heard = list(voices)
            for place, member in enumerate(group):
                # of equal ones the target's own value stays
                row = replace(rows[member], key=(ROW, bool(place), member))
                speaker[row.key] = member
                if self._is_news(row, records.get(member, ()), rule.fields):
                    heard.append(row)
            found |= self._apply_rule(rule, heard, speaker, group[0])
        for member in reversed(group):  # the target's own pins come last and stay
            found |= pins.get(member, {})
        return found

    @api.model
    def _is_news(self, row, own, names):
        """Whether what stands on a customer is more than its own records say."""
        filled = [n for n in names if n in row.values]
        if not filled:
            return False
        return not any(
            all(self._is_same(n, row.values[n], voice.values.get(n)) for n in filled)
            for voice in own
        )

    @api.model
    def _apply_rule(self, rule, voices, speaker, target):
        """:return: field -> Choice of the fields that somebody speaks of"""
        decision = decide(voices, rule.fields, rule.strategies)
        if not decision:
            return {}
        speaking = sum(voice.speaks(rule.fields) for voice in voices)
        return {
            name: _make_choice(
                name,
                value,
                decision,
                speaker.get(decision.origins[name].key, target),
                speaking > 1,
            )
            for name, value in decision.values.items()
        }

    @api.model
    def _decide(self, names_by_partner):
        """Decide anew, from the records alone, what is believed about customers.

        What a person entered here is a record, too. A pinned value stays.

        :param names_by_partner: partner id -> names of the fields that are in question
        :return: partner id -> {field: Choice}; a field nobody speaks of is missing
        """
        ids = list(names_by_partner)
        golden = self.sudo()
        records = golden._gather_records(ids)
        pins = golden._gather_pins(ids)
        partners = self.env["res.partner"].sudo().browse(ids)
        partners.fetch(["company_id"])
        decided = {}
        for partner in partners:
            names = names_by_partner[partner.id]
            voices = records.get(partner.id, [])
            speaker = dict.fromkeys((v.key for v in voices), partner.id)
            found = {}
            for rule in self.env["crm.survivorship.rule"]._get_rules(
                partner.company_id.id or 0
            ):
                if names.intersection(rule.fields):
                    found |= self._apply_rule(rule, voices, speaker, partner.id)
            decided[partner.id] = found | pins.get(partner.id, {})
        return decided

    @api.model
    def _gather_pins(self, partner_ids):
        """Values that people pinned: partner id -> {field: Choice}."""
        self.flush_model()
        pins = defaultdict(dict)
        for (
            partner,
            name,
            value,
            source,
            record,
            origin,
            observed,
        ) in self.env.execute_query(
            SQL(
                """SELECT partner_id, field, value, source_id, record_id,
                              origin_partner_id, extract(epoch FROM observed_at)
                       FROM crm_golden WHERE pinned AND partner_id = ANY(%s)
                       ORDER BY decided_at, id""",
                list(partner_ids),
            )
        ):
            if name in self.env["res.partner"]._fields:
                pins[partner][name] = Choice(
                    value,
                    origin or partner,
                    "pinned",
                    source,
                    record,
                    float(observed or 0),
                    True,
                )
        return pins

    @api.model
    def _get_fillable_names(self):
        """Plain fields without a rule, which a merge fills but no source decides."""
        ruled = self.env["crm.survivorship.rule"]._get_watched()
        return [
            name
            for name, field in self.env["res.partner"]._fields.items()
            if field.type in _PLAIN
            and field.store
            and field.column_type
            and not (field.readonly or field.compute or field.company_dependent)
            and not field.groups
            and name not in ruled
            and name not in _BARRED
            and not name.startswith(("signup", "message", "activity"))
        ]


def _make_choice(name, value, decision, partner_id, contested):
    origin: Voice = decision.origins[name]
    kind, id_ = origin.key[0], origin.key[-1]
    is_row = kind == ROW
    return Choice(
        value,
        partner_id,
        decision.rule,
        None if is_row else origin.source,
        id_ if kind == RECORD else None,
        origin.observed.get(name, 0.0),
        contested,
    )


def _fill(name, group, rows):
    for member in group:
        value = rows[member].values.get(name)
        if is_filled(value):
            rule = "only" if member == group[0] else "filled"
            observed = rows[member].observed.get(name, 0.0)
            return Choice(value, member, rule, observed=observed)
    return None


def _export(choice):
    return {
        "value": False if choice.value is None else choice.value,
        "partner_id": choice.partner_id,
        "rule": choice.rule,
        "source_id": choice.source_id,
        "record_id": choice.record_id,
        "observed_at": choice.get_observed_at(),
    }
