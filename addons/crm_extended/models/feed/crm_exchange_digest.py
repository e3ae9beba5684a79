from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...exchange import arguments, revision
from ...exchange.errors import ExchangeError
from ..exchange.crm_exchange import service

MOST = 50_000  # records hashed by one call
MOST_ITEMS = 4096  # records named by one call
PAGE = 1000


class ExchangeDigest(models.AbstractModel):
    """Proof that both sides hold the same, without sending the records."""

    _inherit = "crm.exchange"

    @api.readonly
    @service
    def digest(self, entity, prefix="", level=1):
        """Hashes of what you may see, in ranges of ids; see `exchange.revision`.

        Compare the hash of each bucket with your own. Where one differs, ask again with
        its prefix; at level 0 you get the ids and revisions of that bucket. A bucket
        without a hash holds too many records for one call: ask with its prefix.

        :param str entity: such as ``customer``
        :param str prefix: hexadecimal digits that the ids, written with eight of them,
            begin with; empty for all
        :param int level: how many digits more the buckets have; 0 to 4
        :return: ``{count, buckets: [{prefix, count, hash?}], head}``, at level 0
            ``{count, items: [{id, rev}], head}``. `head` is the feed's newest number:
            pull up to there before you compare.
        """
        name = arguments.text(entity, "entity")
        prefix = _checked(arguments.text(prefix, "prefix"))
        most = revision.DIGITS - len(prefix)
        level = arguments.whole(level, "level", 0, min(4, most))
        self._readable(name)  # refuses before there is any work
        with self._fresh(head=self._newest()) as fresh:  # no copy is ahead of it
            return fresh._get_digest(name, prefix, level)

    @api.model
    def _get_digest(self, name, prefix, level):
        own = self._client()
        found, scope = self._readable(name)
        counts = self._count_buckets(own, found, scope, prefix, level)
        total = sum(counts.values())
        head = self.env["crm.exchange.change"]._position()[1]
        answer = {"count": total, "head": str(head)}
        self._audit(own, "digest", found.name, (), 1)
        if level == 0:
            return answer | {
                "items": self._name_items(own, found, scope, prefix, total)
            }
        hashed = {}
        if total <= MOST:
            records = self._revisions(own, found, scope, prefix)
            hashed = revision.digests(records, len(prefix) + level)
        buckets = []
        for name in sorted(counts):
            told = {"prefix": name, "count": counts[name]}
            if name in hashed:
                told |= {"count": hashed[name].count, "hash": hashed[name].hash()}
            buckets.append(told)
        return answer | {"buckets": buckets}

    @api.model
    def _name_items(self, client, entity, scope, prefix, total):
        if total > MOST_ITEMS:
            raise ExchangeError(
                "too_large",
                "Too many records to name them: ask with a longer prefix.",
                path="prefix",
                expected=f"{MOST_ITEMS} at most",
                got=total,
            )
        records = self._revisions(client, entity, scope, prefix)
        return [{"id": res_id, "rev": rev} for res_id, rev in records]

    @api.model
    def _count_buckets(self, client, entity, scope, prefix, level):
        """{bucket: number of visible records} without reading them."""
        model = self._reading_model(client, entity.model)
        domain = self._visible_domain(client, entity, scope) & _within(prefix)
        query = model._search(domain, order="id")
        column = SQL.identifier(query.table, "id")
        query.groupby = SQL("1")
        query.order = SQL("1")
        shift = 4 * (revision.DIGITS - len(prefix) - level)
        rows = self.env.execute_query(
            query.select(SQL("%s >> %s", column, shift), SQL("count(*)"))
        )
        length = len(prefix) + level
        return {revision.bucket(high << shift, length): count for high, count in rows}

    @api.model
    def _revisions(self, client, entity, scope, prefix):
        """(id, rev) of the visible records in order of id, read page by page."""
        after = 0
        while True:
            domain = _within(prefix) & Domain("id", ">", after)
            page = self._read_visible(client, entity, scope, domain, limit=PAGE)
            for res_id, record in page.items():
                yield res_id, record.rev
            if len(page) < PAGE:
                return
            after = max(page)


def _within(prefix):
    first, last = revision.span(prefix)
    # ids of a database are below 2^31: larger bounds would be refused by it
    last = min(last, 2**31 - 1)
    return Domain("id", ">=", min(first, last)) & Domain("id", "<=", last)


def _checked(prefix):
    if len(prefix) > revision.DIGITS or not set(prefix) <= set("0123456789abcdef"):
        raise ExchangeError(
            "invalid_argument",
            "The argument cannot be used.",
            path="prefix",
            expected=f"up to {revision.DIGITS} of the digits 0-9 and a-f",
            got=prefix,
        )
    return prefix
