import re

from odoo import models
from odoo.orm.domains import DomainAnd, DomainCondition, DomainNot, DomainOr

WORDS_MAX = 240  # characters of a filter told in words before it is cut

AGO = re.compile(r"(?:today|now) *-(\d+)([dwmy])")
# What nearly every filter holds and nobody wants to read as a reason.
UNSAID = (("partner_share", True), ("parent_id", False), ("active", True))


class CrmSegment(models.Model):
    """How a filter is told to somebody who never saw a domain."""

    _inherit = "crm.segment"

    def _describe_domain(self, text=None):
        """The filter in words: City is Kraków, Country is Poland."""
        words = self._describe_node(self._parse_domain(text))
        words = words or self.env._("every customer")
        if len(words) > WORDS_MAX:
            words = words[: WORDS_MAX - 1] + "…"
        return words

    def _describe_node(self, node):
        match node:
            case DomainAnd():
                told = filter(None, map(self._describe_node, node.children))
                return ", ".join(told)
            case DomainOr():
                return self.env._(" or ").join(map(self._describe_node, node.children))
            case DomainNot():
                return self.env._(
                    "not (%(words)s)", words=self._describe_node(node.child)
                )
            case DomainCondition():
                return self._describe_condition(node)
        return ""

    def _describe_condition(self, node):
        path, operator, value = node.field_expr, node.operator, node.value
        if operator == "=" and (path, value) in UNSAID:
            return ""
        if path == "id" and operator in ("in", "="):
            return self.env._("Chosen by hand")
        label, field, model = self._describe_path(path)
        if operator in ("any", "not any"):
            return self.env._("%(label)s fits a further filter", label=label)
        kind = field.type if field is not None else None
        if kind == "boolean":
            return (
                label
                if bool(value) == (operator == "=")
                else self.env._("not (%(words)s)", words=label)
            )
        if not value and operator in ("=", "in"):
            return self.env._("%(label)s is empty", label=label)
        if not value and operator in ("!=", "not in"):
            return self.env._("%(label)s is filled in", label=label)
        words = {
            "=": self.env._("is"),
            "in": self.env._("is"),
            "!=": self.env._("is not"),
            "not in": self.env._("is not"),
            "<": self.env._("is below"),
            ">": self.env._("is above"),
            "<=": self.env._("is at most"),
            ">=": self.env._("is at least"),
            "like": self.env._("contains"),
            "ilike": self.env._("contains"),
            "=like": self.env._("is like"),
            "=ilike": self.env._("is like"),
            "child_of": self.env._("is under"),
        }
        if kind in ("date", "datetime"):
            words |= {
                "<": self.env._("before"),
                ">": self.env._("after"),
                "<=": self.env._("until"),
                ">=": self.env._("since"),
            }
        shown = self._describe_value(field, model, value)
        return f"{label} {words.get(operator, operator)} {shown}"

    def _describe_path(self, path):
        """Label of a dotted path, with the field and the model at its end."""
        model, labels, field = self.env["res.partner"], [], None
        for name in path.split("."):
            field = model._fields.get(name) if model is not None else None
            if field is None:  # a part of a date or a property
                labels.append(name)
                continue
            labels.append(field._description_string(self.env) or name)
            model = self.env.get(field.comodel_name) if field.relational else None
        return " / ".join(labels), field, model

    def _describe_value(self, field, model, value):
        values = value if isinstance(value, (list, tuple, set)) else [value]
        values = list(values)[:10]
        if model is not None and values and all(type(v) is int for v in values):
            # sudo: names of the records that the filter itself names
            values = model.sudo().browse(values).exists().mapped("display_name")
        elif field is not None and field.type == "selection":
            labels = dict(field._description_selection(self.env))
            values = [labels.get(v, v) for v in values]
        elif field is not None and field.type in ("date", "datetime"):
            values = [self._describe_day(str(v)) for v in values]
        return self.env._(" or ").join(map(str, values))

    def _describe_day(self, text):
        """A relative day in words: 3 months ago."""
        ago = AGO.fullmatch(text)
        if not ago:
            return text
        number = int(ago[1])
        match ago[2]:
            case "d":
                return self.env._("%(number)s days ago", number=number)
            case "w":
                return self.env._("%(number)s weeks ago", number=number)
            case "m":
                return self.env._("%(number)s months ago", number=number)
        return self.env._("%(number)s years ago", number=number)
