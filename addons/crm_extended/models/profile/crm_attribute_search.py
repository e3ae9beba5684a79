"""Customers are found by a line as `income_band = high`."""

from datetime import date

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...intake.attribute_values import LARGEST
from ...intake.attribute_words import read_question

_ORDERED = {"number", "date"}
_NEGATED = "!="
_YES = ("yes", "true", "1")
_NO = ("no", "false", "0")


class CrmAttributeValue(models.Model):
    _inherit = "crm.attribute.value"

    @api.model
    def _get_question_domain(self, text):
        """Current values that answer the question.

        :param text: as `intake.attribute_words.read_question` takes apart
        :return: (domain on crm.attribute.value, whether customers WITHOUT such a value
            are asked for)
        :raises UserError: the value does not fit the attribute's kind
        """
        question = read_question(text)
        current = Domain("valid_to", "=", False)
        if not question.name:
            return current & self._contains(question.value), False
        attributes = self.env["crm.attribute"].search(
            Domain("code", "=ilike", question.name)
            | Domain("name", "=ilike", question.name)
        )
        if not attributes:  # a text with a mark in it, as 10:30
            return current & self._contains(text.strip()), False
        found = Domain.OR(
            Domain("attribute_id", "=", attribute.id)
            & self._compare(attribute, question)
            for attribute in attributes
        )
        return current & found, question.mark == _NEGATED

    @api.model
    def _contains(self, text):
        """Any of the values with words holds the text."""
        names = ("value_text", "choice_id.name", "product_id.name", "category_id.name")
        return Domain.OR(Domain(name, "ilike", text) for name in names)

    @api.model
    def _compare(self, attribute, question):
        mark, text = question.mark, question.value
        if not text:
            return Domain.TRUE  # the attribute is known at all
        operator = "=" if mark in (":", _NEGATED) else mark
        if attribute.kind in _ORDERED:
            return self._compare_ordered(attribute, operator, text)
        if mark not in (":", "=", _NEGATED):
            raise UserError(
                self.env._(
                    "%(name)s has no order. Ask for %(name)s = value.",
                    name=attribute.name,
                )
            )
        if attribute.kind == "flag":
            return Domain("value_flag", "=", self._read_yes(attribute, text))
        like = "ilike" if mark == ":" else "=ilike"
        if attribute.kind in ("choice", "choices"):
            return Domain("choice_id.name", like, text) | Domain(
                "choice_id.code", "=ilike", text
            )
        if attribute.kind == "product":
            return Domain("product_id.name", like, text) | Domain(
                "product_id.default_code", "=ilike", text
            )
        if attribute.kind == "category":
            return Domain("category_id.complete_name", like, text) | Domain(
                "category_id.name", like, text
            )
        return Domain("value_text", like, text)

    @api.model
    def _compare_ordered(self, attribute, operator, text):
        try:
            if attribute.kind == "date":
                return Domain("value_date", operator, date.fromisoformat(text))
            number = float(text.replace(",", "."))
            if not abs(number) <= LARGEST:
                raise ValueError(text)
        except ValueError:
            form = "1990-01-31" if attribute.kind == "date" else "12.5"
            raise UserError(
                self.env._(
                    "%(name)s: %(text)s cannot be compared. Write it as %(form)s.",
                    name=attribute.name,
                    text=text[:80],
                    form=form,
                )
            ) from None
        return Domain("value_number", operator, number)

    @api.model
    def _read_yes(self, attribute, text):
        word = text.casefold()
        if word in (*_YES, self.env._("Yes").casefold()):
            return True
        if word in (*_NO, self.env._("No").casefold()):
            return False
        raise UserError(self.env._("%(name)s is yes or no.", name=attribute.name))
