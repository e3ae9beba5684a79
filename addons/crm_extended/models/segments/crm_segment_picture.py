from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Date, Domain
from odoo.tools import SQL

MOST_IDS = 1000
KEPT = ("type", "res_model", "help", "search_view_id")  # of the action of customers
CUSTOMERS = [("is_technical", "=", False)]


class SegmentPicture(models.AbstractModel):
    """What is drawn of segments: overlaps, profiles, movements and grids.

    All is counted with the reader's own rights: of memberships, and of the customers
    behind them. Every number opens the customers it counts, found by a filter and not
    by a list of ids, so that a click is as quick on a million.
    """

    _name = "crm.segment.picture"
    _description = "Picture of Segments"

    # ------------------------------------------------------------------ arguments

    @api.model
    def _read_ids(self, value):
        """Distinct ids in their order, of whatever a client sent."""
        if not isinstance(value, (list, tuple)) or len(value) > MOST_IDS:
            raise UserError(self.env._("Choose segments from the list."))
        if any(type(one) is not int or not 0 < one < 2**31 for one in value):
            raise UserError(self.env._("Choose segments from the list."))
        return list(dict.fromkeys(value))

    @api.model
    def _read_segments(self, value):
        """Segments the reader may see, in the order given.

        :raises UserError: one of them is not there, or not for the reader
        """
        ids = self._read_ids(value)
        segments = self.env["crm.segment"].with_context(active_test=False)
        found = set(segments.search([("id", "in", ids)]).ids)
        if found != set(ids):
            raise UserError(
                self.env._(
                    "A chosen segment was deleted or belongs to another company. "
                    "Choose the segments again."
                )
            )
        return self.env["crm.segment"].browse(ids)

    @api.model
    def _read_record(self, model, value):
        """One record the reader may see."""
        ids = self._read_ids([value])
        record = self.env[model].with_context(active_test=False)
        record = record.search([("id", "in", ids)])
        if not record:
            raise UserError(
                self.env._(
                    "The chosen %(what)s was deleted or belongs to another company.",
                    what=self.env[model]._description,
                )
            )
        return record.with_env(self.env)

    @api.model
    def _read_day(self, value):
        try:
            day = Date.to_date(value) if isinstance(value, str) else None
        except ValueError:
            day = None
        if not day or not 1900 <= day.year <= 2999:
            raise UserError(
                self.env._("%(day)s is no day. Choose one.", day=str(value)[:40])
            )
        return day

    # ------------------------------------------------------------------ customers

    @api.model
    def _get_customers(self, domain=()):
        """Query of the customers that the reader may see."""
        partners = self.env["res.partner"].with_context(active_test=True)
        return partners._search(Domain(CUSTOMERS) & Domain(domain))

    @api.model
    def _count_customers(self):
        [(count,)] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM %s AS customer", self._get_customers().subselect()
            )
        )
        return count

    @api.model
    def _get_memberships(self, segments, day=None):
        """Query of memberships of visible customers, now or on a day."""
        members = self.env["crm.segment.member"]
        stay = Domain("as_of", "=", day) if day else Domain("valid_to", "=", False)
        query = members._search(Domain("segment_id", "in", segments.ids) & stay)
        partner = SQL.identifier(query.table, "partner_id")
        query.add_where(SQL("%s IN %s", partner, self._get_customers().subselect()))
        return query

    @api.model
    def _is_in(self, segments, day=None):
        """Customers with a membership of one of the segments that the reader may see"""
        stay = Domain("as_of", "=", day) if day else Domain("valid_to", "=", False)
        stays = Domain("segment_id", "in", segments.ids) & stay
        return Domain("segment_stay_ids", "any", stays)

    @api.model
    def _is_out(self, segments, day=None):
        return ~self._is_in(segments, day) if segments else Domain.TRUE

    @api.model
    def _open_customers(self, domain, name):
        """Action on the customers of a domain; it finds those that were counted."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_extended.action_customer"
        )
        views = [
            (view, mode) for view, mode in action["views"] if mode in ("list", "form")
        ]
        return {
            **{key: action[key] for key in KEPT},
            "name": name,
            "display_name": name,
            "views": views or [(False, "list"), (False, "form")],
            "view_mode": "list,form",
            "target": "current",
            "domain": list(Domain(CUSTOMERS) & domain),
            "context": {"active_test": True},
        }

    @api.model
    def _show_segment(self, segment):
        return {
            "id": segment.id,
            "name": segment.name,
            "color": segment.color,
            "family": segment.family_id.name or "",
        }
