from odoo import api, models

from .crm_segment_definition import UNTOLD
from .crm_segment_news import ALL
from .crm_segment_plan import Plan


class CrmSegment(models.Model):
    """Membership follows what changed, without looking at everybody."""

    _inherit = "crm.segment"

    @api.model
    def _refresh_changed(self, on_date=None, report=None):
        """As `_refresh` of all segments, but only as far as something changed.

        - A segment that reads nothing of what changed is left alone.
        - One that does is decided anew for the customers concerned.
        - For everybody is decided where the definition was changed or means another day
          (bought within 30 days), where only the best are taken, where it reads what no
          change is told of (a tag of the customer), and where nobody can say whose a
          deleted row was.

        What neither the feed nor a trigger tells: rights of the author, categories of
        products, rates. The nightly refresh looks at everybody.

        :return: as `_refresh`; `everybody` counts the segments decided for everybody
        """
        everything = self._get_everything()
        if not everything:
            return self._refresh(None, on_date, report)
        segments, day = everything._begin_refresh(on_date)
        news = self.env["crm.segment.news"]._take()
        if news is None:
            counts = self._refresh(None, on_date, report)
            return {**counts, "everybody": counts["segments"]}
        counts = {"entered": 0, "left": 0, "segments": 0, "everybody": 0, "problems": 0}
        for level in segments._get_levels():
            level._refresh_level(news, day, counts, report)
        self._end_refresh(segments)
        segments._write_known(day)
        return counts

    def _refresh_level(self, news, day, counts, report):
        plan = Plan(day, some=True)
        fits, failed = self._compile(plan)
        fully, partly = self.browse(), self.browse()
        for family in (self - failed)._get_families():
            if any(s._must_look_at_all(fits[s], news) for s in family):
                fully |= family
            elif any(fits[s] and s._is_touched(fits[s], news) for s in family):
                partly |= family
        done = []
        if partly:
            done.append(partly._refresh_by(plan, fits, self.browse(), day, report))
            partly._pass_on(news)
        if fully:
            done.append(fully._refresh_everybody(day, report))
            fully._pass_on(news)
        for found, moved in done:
            failed |= found
            counts["entered"] += moved["entered"]
            counts["left"] += moved["left"]
        counts["segments"] += len(fully | partly)
        counts["everybody"] += len(fully)
        counts["problems"] += len(failed)

    def _must_look_at_all(self, fit, news):
        if (fit and fit.print) != (self.print or None):
            return True
        if not fit:
            return False
        return (
            UNTOLD in fit.reads
            or bool(fit.reads & news.blind)
            or (self._is_limited() and self._is_touched(fit, news))
            or (self._is_limited() and self.limit_by == "turnover")
        )

    def _is_touched(self, fit, news):
        reads = fit.reads | {ALL}
        if self._is_limited() and self.limit_score_id:
            reads |= {f"score:{self.limit_score_id.id}"}
        return bool(reads & news.tokens)

    def _pass_on(self, news):
        """Who entered or left is news to segments that look at these members."""
        cr = self.env.cr
        cr.execute("""SELECT DISTINCT was_id FROM crm_segment_change""")
        changed = {f"segment:{id_}" for (id_,) in cr.fetchall()}
        if changed:
            news.tokens.update(changed)
            cr.execute(
                "INSERT INTO crm_segment_candidate SELECT DISTINCT partner_id "
                "FROM crm_segment_change ON CONFLICT DO NOTHING"
            )

    def _write_known(self, day):
        """All these segments are as they should be, touched or not."""
        self.env.cr.execute(
            "UPDATE crm_segment SET known_until = %s, "
            "refreshed_at = now() AT TIME ZONE 'UTC' WHERE id = ANY(%s)",
            [day, [s.id for s in self if not s.problem]],
        )
        self.invalidate_recordset(["known_until", "refreshed_at"], flush=False)
