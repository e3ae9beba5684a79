from collections import defaultdict
from datetime import datetime, timedelta

from odoo import api, fields, models

EPOCH = datetime(1970, 1, 1)
NUMBERS = ("phone", "vat", "ref")
UNTOLD = {"tz"}  # set by the browser, says nothing of a customer
DOCUMENTS = (
    # model, field of the customer, what counts, label in the screen
    ("sale.order", "partner_id", [("state", "!=", "cancel")], "orders"),
    (
        "account.move",
        "partner_id",
        [("move_type", "!=", "entry"), ("state", "!=", "cancel")],
        "invoices",
    ),
    ("crm.lead", "partner_id", [], "leads"),
    ("crm.purchase", "partner_id", [], "purchases"),
)


class CrmReview(models.AbstractModel):
    """The cards: all that a person needs to decide a cluster at one glance."""

    _inherit = "crm.review"

    @api.model
    def _build_cards(self, found, group=None):
        """Cards of clusters, in a number of queries that does not depend on how many.

        :param found: clusters as `crm.match._clusters` describes them
        :param group: (target, sources) to propose values for; else all records
        :return: list of dicts: cluster, match_ids, weight, probability, target_id,
            records (id, name, created, documents), rows (key, label, differs, cells
            per record with text and origin, proposal), pairs (left, right, weight,
            probability, waterfall)
        """
        ids = {id_ for one in found for id_ in one["partner_ids"]}
        matches = self.env["crm.match"].browse(
            [id_ for one in found for id_ in one["match_ids"]]
        )
        # those that the user may not see are absent
        partners = self.env["res.partner"].search(
            [("id", "in", sorted(ids))], order="id"
        )
        documents = self._count_documents(partners)
        clusters = []
        for one in found:
            members = partners.filtered(lambda p, one=one: p.id in one["partner_ids"])
            members = members.with_prefetch(partners.ids)  # read all cards together
            if len(members) > 1:
                best = group and members.filtered(lambda p: p.id == group[0])
                best = best or self._get_target(members, documents)
                rest = group[1] if group else (members - best).ids
                units = self._get_units(best, members)
                clusters.append((one, members, best, rest, units))
        groups = [(target.id, rest) for _one, _all, target, rest, _units in clusters]
        facts = {
            "documents": documents,
            "matches": matches,
            "chosen": self.env["crm.golden"]._choose(groups) if groups else {},
            **self._gather_voices(partners),
            **self._gather_texts(clusters),
        }
        return [
            self._build_card(one, members, target, units, facts)
            for one, members, target, _rest, units in clusters
        ]

    @api.model
    def _gather_voices(self, partners):
        """What the records' sources say, of those sources that the user may see."""
        # sudo: what a source of another company says stays unnamed
        voices = self.env["crm.golden"].sudo()._gather_records(partners.ids)
        spoken = {voice.source for said in voices.values() for voice in said}
        sources = self.env["crm.source"].search([("id", "in", sorted(spoken))])
        return {
            "voices": voices,
            "sources": {source.id: source.name for source in sources},
        }

    @api.model
    def _gather_texts(self, clusters):
        """Values of all records as people read them, and the labels of the rows."""
        golden = self.env["crm.golden"]
        read = {
            (partner.id, name): golden._read_value(partner, name)
            for _one, members, _target, _rest, units in clusters
            for partner in members
            for unit in units
            for name in unit
        }
        pairs = list({(name, value) for (_id, name), value in read.items()})
        texts = dict(zip(pairs, golden._show_values(pairs), strict=True))
        units = {unit for *_card, units in clusters for unit in units}
        return {"read": read, "texts": texts, "labels": self._get_labels(units)}

    @api.model
    def _build_card(self, one, members, target, units, facts):
        pairs = facts["matches"].filtered(lambda m: m.id in one["match_ids"])
        pairs = pairs.with_prefetch(facts["matches"].ids)
        inside = set(members.ids)
        return {
            "cluster": one["cluster"],
            "match_ids": one["match_ids"],
            "weight": one["weight"],
            "probability": one["probability"],
            "target_id": target.id,
            "records": [
                {
                    "id": partner.id,
                    "name": partner.display_name,
                    "created": fields.Datetime.to_string(partner.create_date),
                    "documents": facts["documents"].get(partner.id, {}),
                }
                for partner in members
            ],
            "rows": self._build_rows(members, target, units, facts),
            "pairs": [
                {
                    "id": pair.id,
                    "left": pair.partner_id.id,
                    "right": pair.other_id.id,
                    "weight": pair.weight,
                    "probability": pair.probability,
                    "waterfall": pair.waterfall,
                }
                for pair in pairs
                if {pair.partner_id.id, pair.other_id.id} <= inside
            ],
        }

    @api.model
    def _get_target(self, members, documents):
        """The record that goes on unless somebody chooses another.

        One with a login cannot go into another one, nor a company below its contact,
        nor a shared one into that of one company;
        among the others the one with most documents, then the oldest.
        """

        def order(partner):
            below = partner.parent_id in members
            logins = bool(partner.sudo().user_ids)
            own = bool(partner.sudo().company_id)
            count = sum(documents.get(partner.id, {}).values())
            return (below, not logins, own, -count, partner.id)

        return min(members, key=order)

    @api.model
    def _count_documents(self, partners):
        """{partner id: {"orders": n, ...}} of the documents that the user may see."""
        counts = defaultdict(dict)
        for model, name, domain, label in DOCUMENTS:
            documents = self.env[model]
            if not documents.has_access("read"):
                continue
            wanted = [(name, "in", partners.ids), *domain]
            groups = documents._read_group(wanted, [name], ["__count"])
            found = {partner.id: count for partner, count in groups}
            for partner in partners:
                counts[partner.id][label] = found.get(partner.id, 0)
        return counts

    # ------------------------------------------------------------------ rows

    @api.model
    def _get_units(self, target, members):
        """Tuples of the fields that are chosen together, in the order of the rules.

        Only fields that the user may read, and that somebody of them has.
        """
        rules = self.env["crm.survivorship.rule"]
        units = [r.fields for r in rules._get_rules(target.sudo().company_id.id or 0)]
        units += [(name,) for name in self.env["crm.golden"]._get_fillable_names()]
        units.append(("parent_id",))
        partner_fields = members._fields
        readable = [
            tuple(
                name
                for name in unit
                if name not in UNTOLD
                and members._has_field_access(partner_fields[name], "read")
            )
            for unit in units
        ]
        return [
            unit
            for unit in readable
            if unit and any(partner[name] for partner in members for name in unit)
        ]

    @api.model
    def _build_rows(self, members, target, units, facts):
        watched = self.env["crm.survivorship.rule"]._get_watched() - {"lang"}
        rows = []
        for unit in units:
            cells = {
                partner.id: self._build_cell(partner, unit, facts)
                for partner in members
            }
            every = {_bare(unit, cell["text"]) for cell in cells.values()}
            if len(every) == 1 and unit[0] not in watched:
                continue  # nothing to choose, and no rule holds it to be telling
            rows.append(
                {
                    "key": unit[0],
                    "label": facts["labels"][unit],
                    "differs": len(every - {""}) > 1,
                    "cells": {str(id_): cell for id_, cell in cells.items()},
                    "proposal": self._build_proposal(target, members, unit, facts),
                }
            )
        return rows

    @api.model
    def _get_labels(self, units):
        """A rule's name for fields that come together, else the field's own label."""
        partner_fields = self.env["res.partner"]._fields
        together = [unit[0] for unit in units if len(unit) > 1]
        rules = (
            self.env["crm.survivorship.rule"]
            .sudo()
            .search([("field_ids.name", "in", together)])
        )
        names = {name: r.name for r in rules for name in r.field_ids.mapped("name")}
        return {
            unit: names.get(unit[0])
            if len(unit) > 1 and unit[0] in names
            else partner_fields[unit[0]]._description_string(self.env)
            for unit in units
        }

    @api.model
    def _build_cell(self, partner, unit, facts):
        values = {name: facts["read"][partner.id, name] for name in unit}
        text = _join(unit, values, facts["texts"])
        return {"text": text, "origin": self._get_origin(partner, unit, values, facts)}

    @api.model
    def _get_origin(self, partner, unit, values, facts):
        """Who says so: the most trusted source, else that it was entered here."""
        filled = [name for name in unit if values[name] not in (None, "", False)]
        if not filled:
            return {}
        golden = self.env["crm.golden"]
        saying = [
            voice
            for voice in facts["voices"].get(partner.id, ())
            if voice.source in facts["sources"]
            and all(
                golden._is_same(name, values[name], voice.values.get(name))
                for name in filled
            )
        ]
        if not saying:
            return {
                "source": self.env._("Entered here"),
                "date": fields.Datetime.to_string(partner.write_date),
            }
        best = max(saying, key=lambda voice: (voice.trust, voice.last_observed(filled)))
        moment = EPOCH + timedelta(seconds=int(best.observed.get(filled[0], 0)))
        return {
            "source": facts["sources"][best.source],
            "trust": best.trust,
            "date": fields.Datetime.to_string(moment),
        }

    @api.model
    def _build_proposal(self, target, members, unit, facts):
        """What survives by the rules, and the record that has just these values."""
        golden = self.env["crm.golden"]
        read, texts = facts["read"], facts["texts"]
        chosen = facts["chosen"].get(target.id, {})
        values = {
            name: chosen[name]["value"] if name in chosen else read[target.id, name]
            for name in unit
        }
        new = [pair for pair in values.items() if pair not in texts]
        texts.update(zip(new, golden._show_values(new), strict=True))
        text = _join(unit, values, texts)
        first = next((chosen[name] for name in unit if name in chosen), None)
        preferred = first["partner_id"] if first else target.id
        same = [
            partner.id
            for partner in members.sorted(lambda p: (p.id != preferred, p.id))
            if _plain(_join(unit, {n: read[partner.id, n] for n in unit}, texts))
            == _plain(text)
        ]
        rules = dict(golden._fields["rule"]._description_selection(self.env))
        return {
            "text": text,
            "because": rules.get(first["rule"], "") if first else "",
            "partner_id": same[0] if same else False,
        }


def _join(unit, values, texts):
    return ", ".join(filter(None, (texts.get((n, values[n]), "") for n in unit)))


def _bare(unit, text):
    """What differs for people: spaces in a number do not."""
    return "".join(text.split()) if unit[0] in NUMBERS else _plain(text)


def _plain(text):
    return " ".join(text.casefold().split())
