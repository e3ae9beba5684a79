from odoo import api, models
from odoo.exceptions import UserError

DIRECT = 120  # direct relations drawn; the rest is in the list
FURTHER = 240  # relations of the second step drawn
BIGGEST = 2**31 - 1


class CrmRelation(models.Model):
    _inherit = "crm.relation"

    @api.model
    @api.readonly
    def read_drawing(self, partner_id, past=False):
        """A customer and its relations up to two steps, as the reader may see them.

        Relations and Odoo's own contacts of companies alike. The number of queries does
        not depend on the number of relations.

        :param int partner_id: the customer in the middle
        :param bool past: relations that do not hold today, too
        :return: `{"nodes": [{"id", "name", "kind", "step"}], "links": [{"from", "to",
            "role", "current"}], "kinds": [{"id", "name", "color"}], "more": bool}`;
            a link leads from the end nearer to the middle, `role` is read from there;
            the first node is the middle; `more` when not all is drawn
        :raises UserError: when there is no such customer for the reader
        """
        self.check_access("read")
        middle = self._find_middle(partner_id)
        steps = {middle.id: 0}
        links, drawn, more = [], {}, False
        for step, limit in ((1, DIRECT), (2, FURTHER)):
            near = [id_ for id_, at in steps.items() if at == step - 1]
            found, cut = self._read_links(near, limit, bool(past))
            visible = self._get_visible({link["to"] for link in found})
            for link in found:
                ends = link["from"], link["to"]
                if link["to"] not in visible or ends[::-1] in drawn:
                    continue
                if first := drawn.get(ends):  # two relations of the same two are one
                    if link["role"] not in first["role"].split(", "):
                        first["role"] += f", {link['role']}"
                    first["current"] |= link["current"]
                    continue
                drawn[ends] = link
                steps.setdefault(link["to"], step)
                links.append(link)
            more |= cut
        return {"links": links, "more": more, **self._read_nodes(steps)}

    @api.model
    def _find_middle(self, partner_id):
        partners = self.env["res.partner"].with_context(active_test=False)
        middle = partners.browse()
        if type(partner_id) is int and 0 < partner_id <= BIGGEST:
            middle = partners.search([("id", "=", partner_id)])
        if not middle:
            raise UserError(
                self.env._("This customer does not exist or is not yours to see.")
            )
        return middle

    @api.model
    def _get_visible(self, ids):
        found = self.env["res.partner"].search([("id", "in", list(ids))])
        return set(found.ids)

    @api.model
    def _read_links(self, near, limit, past):
        """Links that start at these customers and whether some were left out."""
        domain = [("partner_id", "in", near)]
        if not past:
            domain.append(("is_current", "=", True))
        names = ["partner_id", "other_id", "role_id", "is_current"]
        relations = self.with_context(active_test=not past).search_fetch(
            domain, names, limit=limit + 1, order="role_id, id"
        )
        relations.role_id.fetch(["name"])
        links = [
            self._link(row.partner_id, row.other_id, row.role_id.name, row.is_current)
            for row in relations[:limit]
        ]
        contacts = self.env["res.partner"].search_fetch(
            [
                ("parent_id", "!=", False),
                ("type", "=", "contact"),
                "|",
                ("parent_id", "in", near),
                ("id", "in", near),
            ],
            ["parent_id"],
            limit=limit + 1,
        )
        below, above = self.env._("has contact"), self.env._("contact of")
        inside = set(near)
        for contact in contacts[:limit]:
            if contact.parent_id.id in inside:
                links.append(self._link(contact.parent_id, contact, below, True))
            elif contact.id in inside:
                links.append(self._link(contact, contact.parent_id, above, True))
        return links, len(relations) > limit or len(contacts) > limit

    @api.model
    def _link(self, near, far, role, current):
        return {"from": near.id, "to": far.id, "role": role, "current": current}

    @api.model
    def _read_nodes(self, steps):
        partners = self.env["res.partner"].browse(steps)
        partners.fetch(["name", "kind_ids"])
        partners.kind_ids.fetch(["name", "color", "sequence"])
        nodes, shown = [], self.env["crm.kind"]
        for partner in partners:
            kind = partner.kind_ids.sorted(lambda k: (k.sequence, k.id))[:1]
            shown |= kind
            nodes.append(
                {
                    "id": partner.id,
                    "name": partner.name or partner.display_name,
                    "kind": kind.id,
                    "step": steps[partner.id],
                }
            )
        kinds = shown.sorted(lambda k: (k.sequence, k.id))
        return {"nodes": nodes, "kinds": kinds.read(["name", "color"])}
