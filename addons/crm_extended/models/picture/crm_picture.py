from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...picture.question import BadQuestion, identifier

GROUP = "crm_extended.group_customer_user"


class Picture(models.AbstractModel):
    """The customer's full picture: all that its reader may see of a customer, at once.

    Every part is read with the reader's own rights. What he may not see is absent, not
    blank: the answer has no key for it. The number of queries does not depend on how
    much happened.
    """

    _name = "crm.picture"
    _description = "Customer's Picture"

    # ------------------------------------------------------------------ for clients

    @api.model
    def get(self, partner_id, whole=None):
        """Who the customer is and how things stand, without the timeline.

        Changes of documents not yet noted are noted first.

        :param int partner_id: id of the customer
        :param whole: True: with all people of his company; False: that record alone;
            None: people of companies, a person alone
        :return: ``{customer, scope, phase?, figures[], scores[]?, segments[]?,
            advice[], desks[], loyalty[]?, needs[]?, interests[]?, relations[]?,
            consents[]?, facets}``; moments are UTC texts
        :raises UserError: there is no such customer
        """
        scope = self._scope(partner_id, whole)
        self.env["crm.interaction"].sudo()._catch_up(500)
        parts = {}
        for part in self._get_parts():
            found = getattr(self, f"_part_{part}")(scope, parts)
            if found is not None:
                parts[part] = found
        self._count_reading(1)
        return parts

    @api.model
    @api.readonly
    def timeline(self, partner_id, filters=None, before=None, whole=None):
        """One page of what happened, the newest first.

        :param dict filters: ``channels`` (codes), ``since``, ``until`` (days of the
            reader's time zone, inclusive), ``user_id``, ``person_id``, ``text``
        :param str before: ``next`` of the page before
        :return: ``{entries[], next}``; ``next`` is False on the last page
        :raises UserError: an argument cannot be meant; it is named
        """
        scope = self._scope(partner_id, whole)
        page = self._read_timeline(scope, filters, before)
        self._count_reading(len(page["entries"]), "crm.interaction")
        return page

    @api.model
    @api.readonly
    def story(self, partner_id, whole=None):
        """How the customer developed over the last 24 months.

        :return: ``{months[], value[], visits[], contacts[], satisfaction[]?, currency,
            phases[]}``; value in the company's currency, satisfaction
            1 to 5, False where nobody rated
        """
        return self._read_story(self._scope(partner_id, whole))

    # ------------------------------------------------------------------ override

    @api.model
    def _get_parts(self):
        """Names of the parts in order; each has a method ``_part_<name>``.

        It gets the scope and the parts so far, and returns None for what the reader may
        not see. Override to add a part.
        """
        return [
            "customer",
            "scope",
            "phase",
            "figures",
            "scores",
            "segments",
            "desks",
            "loyalty",
            "needs",
            "interests",
            "relations",
            "consents",
            "facets",
            "advice",
        ]

    # ------------------------------------------------------------------ scope

    @api.model
    def _scope(self, partner_id, whole):
        """The customers that a picture covers, after all checks.

        :return: namespace with `partner`, `owner` (the commercial partner), `ids`,
            `people`, `whole`, `today`
        """
        if not self.env.user.has_group(GROUP):
            raise AccessError(
                self.env._(
                    "The picture of a customer is for users of the customer base."
                )
            )
        if whole not in (None, True, False):
            raise UserError(self._tell_bad("whole"))
        try:
            wanted = identifier(partner_id, "partner_id")
        except BadQuestion:
            raise UserError(self._tell_missing()) from None
        partner = self.env["res.partner"].browse(wanted).exists()
        if not partner:
            raise UserError(self._tell_missing())
        partner.check_access("read")
        return self._get_scope(partner, whole)

    @api.model
    def _get_scope(self, partner, whole):
        owner = partner.commercial_partner_id
        if whole is None:
            whole = partner.is_company
        people = partner
        if whole:
            top = owner if owner.has_access("read") else partner
            people = partner.with_context(active_test=False).search(
                [("id", "child_of", top.ids)]
            )
        return {
            "partner": partner,
            "owner": owner,
            "ids": (people | partner).ids,
            "people": people | partner,
            "whole": bool(whole),
            "today": fields.Date.context_today(self),
        }

    @api.model
    def _tell_missing(self):
        return self.env._("The customer does not exist any more.")

    @api.model
    def _tell_bad(self, name):
        return self.env._(
            "The argument %(name)s of the picture is not valid.", name=name
        )

    @api.model
    def _count_reading(self, rows, model="res.partner"):
        """Who opens ten thousand pictures reads ten thousand customers."""
        self.env["crm.access.count"]._count(self.env, model, rows)

    # ------------------------------------------------------------------ tools

    @api.model
    def _readable(self, name):
        """The model, if it is installed and the reader may read it."""
        model = self.env.get(name)
        return model if model is not None and model.has_access("read") else None

    @api.model
    def _money(self, amount, currency):
        return currency.format(amount or 0.0)

    @api.model
    def _labels(self, model, name):
        return dict(self.env[model]._fields[name]._description_selection(self.env))

    @api.model
    def _days_since(self, moment):
        """Days from a day or a moment (UTC) until today, as the reader counts."""
        if not moment:
            return None
        if hasattr(moment, "hour"):
            moment = fields.Datetime.context_timestamp(self, moment).date()
        return (fields.Date.context_today(self) - moment).days

    @api.model
    def _bought(self, scope, since=None):
        """Domain of the customers' purchases."""
        domain = Domain("partner_id", "in", scope["ids"])
        return domain & Domain("date", ">=", since) if since else domain

    @api.model
    def _year_ago(self, scope):
        return scope["today"] - timedelta(days=365)
