from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

MOST = 100_000  # records in one union of one transaction; a run takes any number


class CrmMergeCheck(models.Model):
    """What must not be merged, said before anything is touched."""

    _inherit = "crm.merge"

    @api.model
    def _check_groups(self, groups):
        """The groups as clean ids, all allowed.

        :param groups: list of (target id, [source ids])
        :returns: list of (target id, [source ids])
        :raises UserError: naming the first record that is in the way and the remedy
        """
        groups = self._parse_groups(groups)
        if problems := self._group_problems(groups):
            raise UserError(next(iter(problems.values())))
        return groups

    @api.model
    def _check_may_merge(self):
        if self.env.su or self.env.user.has_group("crm_extended.group_steward"):
            return
        raise AccessError(
            self.env._(
                "Only data stewards merge customers. Ask for the role Data Quality: "
                "Steward, or send them the records."
            )
        )

    @api.model
    def _parse_groups(self, groups):
        """Hostile input to ids; a record may take part once."""
        wrong = self.env._(
            "Expected groups of a surviving record and the records that go into it."
        )
        if not isinstance(groups, list | tuple):
            raise UserError(wrong)
        parsed = []
        for group in groups:
            if not isinstance(group, list | tuple) or len(group) != 2:
                raise UserError(wrong)
            target, sources = group
            if not _is_id(target) or not isinstance(sources, list | tuple):
                raise UserError(wrong)
            if not sources or not all(map(_is_id, sources)):
                raise UserError(wrong)
            parsed.append((target, list(dict.fromkeys(sources))))
        if sum(len(sources) + 1 for _target, sources in parsed) > MOST:
            raise UserError(
                self.env._(
                    "At most %(most)s records are merged at once. A merge run takes "
                    "any number, in parts.",
                    most=MOST,
                )
            )
        return parsed

    @api.model
    def _group_problems(self, groups):
        """{place of the group: why it is refused} of those that may not be merged.

        A fixed number of statements, whatever the number of groups.
        """
        ids = {i for target, sources in groups for i in (target, *sources)}
        facts = self._partner_facts(ids)
        readable = self._writable_ids(ids)
        seen, problems = {}, {}
        for place, (target, sources) in enumerate(groups):
            for i in (target, *sources):
                if i in seen and seen[i] != place or (i == target and i in sources):
                    problems[place] = self._tell_twice(facts.get(i), i == target)
            for i in {target, *sources}:
                seen.setdefault(i, place)
        ancestors = self._ancestors(target for target, _sources in groups)
        for place, (target, sources) in enumerate(groups):
            if place in problems:
                continue
            missing = [i for i in (target, *sources) if i not in facts]
            hidden = [i for i in (target, *sources) if i not in readable]
            if missing or hidden:
                problems[place] = self.env._(
                    "One of the records (ID %(id)s) does not exist, or you may not "
                    "change it.",
                    id=(missing or hidden)[0],
                )
                continue
            told = self._target_problem(facts[target]) or next(
                filter(
                    None,
                    (
                        self._source_problem(facts[s], facts[target], ancestors)
                        for s in sources
                    ),
                ),
                None,
            )
            told = told or self._login_problem(
                facts[target], [facts[s] for s in sources]
            )
            if told:
                problems[place] = told
        return problems

    @api.model
    def _writable_ids(self, ids):
        partners = self.env["res.partner"].with_context(active_test=False).browse(ids)
        if self.env.su:
            return set(ids)
        return set(partners._filtered_access("write").ids)

    @api.model
    def _partner_facts(self, ids):
        """{id: dict} of what decides whether a record may be merged."""
        if not ids:
            return {}
        self.env["res.partner"].flush_model()
        self.env["res.users"].flush_model(["partner_id", "active", "share"])
        public = self.env["ir.model.data"]._xmlid_to_res_id("base.public_user") or 0
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT p.id, p.name, p.complete_name, p.active, p.company_id,
                       p.merged_into_id, i.complete_name AS into_name,
                       EXISTS (SELECT FROM res_company c WHERE c.partner_id = p.id)
                           AS is_own,
                       coalesce(bool_or(NOT u.share OR u.id IN (1, %(public)s)), false)
                           AS staff,
                       count(u.id) FILTER (WHERE u.active) AS logins
                  FROM res_partner p
                  LEFT JOIN res_partner i ON i.id = p.merged_into_id
                  LEFT JOIN res_users u ON u.partner_id = p.id
                 WHERE p.id = ANY(%(ids)s)
                 GROUP BY p.id, i.id
                """,
                public=public,
                ids=list(ids),
            )
        )
        return {row["id"]: row for row in rows}

    @api.model
    def _ancestors(self, ids):
        """{id: set of the ids above it}"""
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE above (id, at) AS (
                    SELECT id, parent_id FROM res_partner
                     WHERE id = ANY(%s) AND parent_id IS NOT NULL
                     UNION
                    SELECT a.id, p.parent_id FROM above a
                      JOIN res_partner p ON p.id = a.at
                     WHERE p.parent_id IS NOT NULL
                )
                SELECT id, array_agg(at) FROM above GROUP BY id
                """,
                list(ids),
            )
        )
        return {id_: set(above) for id_, above in rows}

    # ------------------------------------------------------------------ refusals

    @api.model
    def _tell_twice(self, fact, is_target):
        name = fact["complete_name"] if fact else ""
        if is_target:
            return self.env._(
                "%(customer)s cannot be merged with itself, nor be in two groups.",
                customer=name,
            )
        return self.env._(
            "%(customer)s is in two groups. Merge it with one of them first.",
            customer=name,
        )

    @api.model
    def _target_problem(self, fact):
        if fact["merged_into_id"]:
            return self.env._(
                "%(customer)s was merged into %(into)s already. Choose that one as the "
                "surviving record, or undo the merge.",
                customer=fact["complete_name"],
                into=fact["into_name"],
            )
        if not fact["active"]:
            return self.env._(
                "%(customer)s is archived and cannot survive a merge. Restore it "
                "first, or choose another surviving record.",
                customer=fact["complete_name"],
            )
        return self._own_problem(fact)

    @api.model
    def _own_problem(self, fact):
        if fact["is_own"]:
            return self.env._(
                "%(customer)s is one of our own companies and is not merged.",
                customer=fact["complete_name"],
            )
        return None

    @api.model
    def _source_problem(self, fact, target, ancestors):
        name, survivor = fact["complete_name"], target["complete_name"]
        if fact["merged_into_id"]:
            return self.env._(
                "%(customer)s was merged into %(into)s already.",
                customer=name,
                into=fact["into_name"],
            )
        if own := self._own_problem(fact):
            return own
        if fact["staff"]:
            return self.env._(
                "%(customer)s has the login of an employee or of the system and cannot "
                "be merged into another record. Let it be the surviving one.",
                customer=name,
            )
        if target["company_id"] and fact["company_id"] != target["company_id"]:
            return self.env._(
                "%(customer)s and %(survivor)s belong to different companies. Let the "
                "shared record survive, or share %(survivor)s between companies first.",
                customer=name,
                survivor=survivor,
            )
        if fact["id"] in ancestors.get(target["id"], ()):
            return self.env._(
                "%(survivor)s is a contact below %(customer)s: merging that way round "
                "would make it its own parent. Let %(customer)s survive.",
                customer=name,
                survivor=survivor,
            )
        return None

    @api.model
    def _login_problem(self, target, sources):
        logins = target["logins"] + sum(source["logins"] for source in sources)
        with_login = any(source["logins"] for source in sources)
        if with_login and logins > 1:
            return self.env._(
                "More than one of the records merged into %(survivor)s has a portal "
                "login. Archive all but one of the logins first.",
                survivor=target["complete_name"],
            )
        return None

    @api.model
    def _check_no_cycle(self, partners):
        """Groups that each are fine may close a circle together."""
        if partners and partners._has_cycle():
            raise UserError(
                self.env._(
                    "These merges together would make a customer its own parent. "
                    "Merge the groups one after the other."
                )
            )


def _is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
