from odoo import api, models

from ...exchange import arguments, envelope, wire
from ...exchange.errors import ExchangeError
from ..exchange.crm_exchange import service
from ..feed.crm_exchange_digest import _checked


class ExchangeReconcile(models.AbstractModel):
    """A client reports what it holds of a range of ids; the operator sees the rest."""

    _inherit = "crm.exchange"

    @service
    def reconcile(self, entity, prefix, items):
        """Report what you hold of a range whose hash in `digest` is not yours.

        Find the range with `digest`; then send all you hold in it. You get what to
        mend, and our operator the same list.

        :param str entity: such as ``customer``
        :param str prefix: of the range, as in `digest`
        :param list items: ``[{"id": 7, "rev": "..."}]``, up to 1000
        :return: ``{ours, theirs, missing[], extra[], differs[]}``: ids that you lack,
            that you should not have, and whose revision is another
        """
        own = self._client()
        found, scope = self._readable(arguments.text(entity, "entity"))
        theirs = _items(items)
        prefix = _checked(arguments.text(prefix, "prefix"))
        total = sum(self._count_buckets(own, found, scope, prefix, 0).values())
        named = self._name_items(own, found, scope, prefix, total)
        ours = {item["id"]: item["rev"] for item in named}
        self._audit(own, "reconcile", found.name, (), 1)
        result = {
            "missing": sorted(ours.keys() - theirs.keys()),
            "extra": sorted(theirs.keys() - ours.keys()),
            "differs": sorted(i for i in ours.keys() & theirs if ours[i] != theirs[i]),
        }
        self._keep_reconciliation(own, found, prefix, ours, theirs, result)
        return {"ours": len(ours), "theirs": len(theirs), **result}

    @api.model
    def _keep_reconciliation(self, client, entity, prefix, ours, theirs, result):
        lines = [
            (0, 0, {"kind": kind, "res_id": res_id})
            for kind, ids in result.items()
            for res_id in ids
        ]
        self.env["crm.exchange.reconciliation"].sudo().create(
            {
                "client_id": client.id,
                "entity": entity.name,
                "prefix": prefix,
                "our_count": len(ours),
                "their_count": len(theirs),
                "difference_count": len(lines),
                "line_ids": lines,
            }
        )


def _items(items):
    """{id: revision} of what was reported.

    :raises ExchangeError: `invalid_argument`, `too_large`
    """
    if not isinstance(items, list | tuple):
        raise _wrong("items", "list of structs", items)
    if len(items) > envelope.MAX_PAGE:
        raise ExchangeError(
            "too_large",
            "Too many items: report a longer prefix.",
            path="items",
            expected=f"{envelope.MAX_PAGE} at most",
            got=len(items),
        )
    held = {}
    for place, item in enumerate(items):
        path = f"items[{place}]"
        if not isinstance(item, dict) or item.keys() != {"id", "rev"}:
            raise _wrong(path, '{"id": 7, "rev": "..."}', item)
        res_id = arguments.whole(item["id"], f"{path}.id", 1, wire.MAX_INT)
        held[res_id] = arguments.text(item["rev"], f"{path}.rev")
    return held


def _wrong(path, expected, got):
    return ExchangeError(
        "invalid_argument",
        "The argument cannot be used.",
        path=path,
        expected=expected,
        got=got,
    )
