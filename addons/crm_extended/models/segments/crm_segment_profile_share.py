from odoo import api, models
from odoo.fields import Domain

from ...contrast.proportion import compare_share

VALUES = 40  # of one field that are looked at: the most frequent on either side
FIELDS = (
    "country_id",
    "state_id",
    "city",
    "is_company",
    "industry_id",
    "category_id",
    "lang",
    "user_id",
    "team_id",
)


class SegmentPicture(models.AbstractModel):
    """Shares of a segment: of countries, tags, answers, channels, other segments."""

    _inherit = "crm.segment.picture"

    @api.model
    def _get_shares(self, segment, sizes):
        """Each value of each characteristic, as `profile` tells it."""
        shares = []
        for group, label, counts, domain in self._count_values(segment):
            inside, base = counts
            if not inside and not base:
                continue
            share = compare_share(inside, sizes["inside"], base, sizes["base"])
            shares.append(
                {
                    "group": group,
                    "label": label,
                    "inside": inside,
                    "base": base,
                    "inside_share": share.inside_share,
                    "base_share": share.base_share,
                    "index": share.index,
                    "p": share.p,
                    "strength": abs(share.z or 0),
                    "domain": domain,
                }
            )
        return shares

    @api.model
    def _count_values(self, segment):
        """(characteristic, value, (inside, base), domain of customers or False)"""
        partners = self.env["res.partner"]
        for name in FIELDS:
            field = partners._fields.get(name)
            if field is None or not partners._has_field_access(field, "read"):
                continue
            yield from self._count_field(field)
        for model, domain, groupby, inverse in self._get_related_facts(segment):
            if model in self.env and self.env[model].has_access("read"):
                yield from self._count_related(model, domain, groupby, inverse)

    @api.model
    def _get_related_facts(self, segment):
        """Override to add: (model with partner_id, domain, group by, inverse field)."""
        year = Domain("date", ">=", "today -1y")
        other = Domain("valid_to", "=", False) & Domain("segment_id", "!=", segment.id)
        if segment.exclusive:  # nobody is in two of them: no news
            other &= Domain("family_id", "!=", segment.family_id.id)
        here = Domain("company_id", "=", self.env.company.id)
        holds = Domain("valid_to", "=", False)
        chosen = holds & Domain("choice_id", "!=", False)
        return [
            ("crm.segment.member", other, ["segment_id"], "segment_stay_ids"),
            (
                "crm.attribute.value",
                chosen,
                ["attribute_id", "choice_id"],
                "attribute_value_ids",
            ),
            ("crm.lifecycle", here & holds, ["phase"], "lifecycle_ids"),
            ("crm.loyalty.tier.member", holds, ["level_id"], None),
            ("crm.interaction", year, ["channel"], "interaction_ids"),
            ("crm.purchase", Domain.TRUE, ["channel"], None),
            ("crm.purchase", Domain.TRUE, ["categ_id"], None),
        ]

    # ------------------------------------------------------------------ fields

    @api.model
    def _count_field(self, field):
        def read(inside, domain=Domain.TRUE, limit=None):
            found = Domain("id", "in", self._get_compared(inside)) & domain
            order = f"__count desc, {field.name}"
            rows = self.env["res.partner"]._read_group(
                found, [field.name], ["__count"], order=order, limit=limit
            )
            return {self._get_key(value): (value, count) for value, count in rows}

        label = field._description_string(self.env)
        for value, counts in self._pair(read, field.name):
            shown = self._show_value(field, value)
            domain = Domain(field.name, "=", self._get_key(value))
            yield label, shown, counts, list(domain)

    @api.model
    def _count_related(self, model, domain, groupby, inverse):
        records = self.env[model]
        if any(name not in records._fields for name in groupby):
            return

        def read(inside, extra=Domain.TRUE, limit=None):
            found = Domain("partner_id", "in", self._get_compared(inside))
            rows = records._read_group(
                found & domain & extra,
                groupby,
                ["partner_id:count_distinct"],
                order=f"partner_id:count_distinct desc, {groupby[-1]}",
                limit=limit,
            )
            keys = [
                (tuple(map(self._get_key, values)), values, n) for *values, n in rows
            ]
            return {key: (values, count) for key, values, count in keys if key[-1]}

        last = records._fields[groupby[-1]]
        for values, counts in self._pair(read, groupby[-1]):
            label = last._description_string(self.env)
            if len(values) > 1:
                label = values[0].display_name
            elif model in ("crm.interaction", "crm.purchase"):
                label = f"{records._description}: {label}"
            key = self._get_key(values[-1])
            shown = self._show_value(last, values[-1])
            yield label, shown, counts, self._get_inverse(inverse, domain, last, key)

    @api.model
    def _get_inverse(self, inverse, domain, field, key):
        if not inverse or inverse not in self.env["res.partner"]._fields:
            return False
        return list(Domain(inverse, "any", domain & Domain(field.name, "=", key)))

    @api.model
    def _pair(self, read, name):
        """(value, (inside, base)) of the values most frequent on either side."""
        inside, base = read(True, limit=VALUES), read(False, limit=VALUES)
        for side, other, place in ((inside, base, True), (base, inside, False)):
            missing = [key for key in other if key not in side]
            if missing and len(side) == VALUES:  # all are known of a shorter list
                last = {key[-1] if isinstance(key, tuple) else key for key in missing}
                known = read(place, Domain(name, "in", list(last)))
                side.update({key: known[key] for key in missing if key in known})
        for key in dict.fromkeys([*inside, *base]):
            value = (inside.get(key) or base.get(key))[0]
            yield value, (inside.get(key, (0, 0))[1], base.get(key, (0, 0))[1])

    @api.model
    def _get_key(self, value):
        return value.id if isinstance(value, models.BaseModel) else value

    @api.model
    def _show_value(self, field, value):
        if isinstance(value, models.BaseModel):
            # sudo: as in any grouped list, the name of what a visible customer has
            value = value.sudo().display_name
        elif field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        elif field.type == "selection":
            value = dict(field._description_selection(self.env)).get(value, value)
        return str(value) if value else self.env._("(none)")
