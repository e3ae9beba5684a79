import csv
import io

from odoo import api, models
from odoo.tools import SQL

from ...identity.cluster import clusters

READ = """
    CREATE TEMP TABLE IF NOT EXISTS crm_match_read (
        partner_id int, other_id int, weight float8, probability float8,
        evidence jsonb, vetoed boolean
    ) ON COMMIT DROP
"""
# Customers of companies that must not see each other are not compared; a pair belongs
# to the narrower of its companies. Who is no customer any more falls out. The narrow
# table of keys answers this in one pass, `res_partner` took three.
FOUND = """
    CREATE TEMP TABLE crm_match_found ON COMMIT DROP AS
    SELECT f.*, l.company_id AS left_company_id, r.company_id AS right_company_id,
           CASE WHEN cl.id IS NULL THEN cr.id WHEN cr.id IS NULL THEN cl.id
                WHEN length(cl.parent_path) > length(cr.parent_path)
                THEN cl.id ELSE cr.id END AS company_id
      FROM crm_match_read f
      JOIN crm_match_key l ON l.partner_id = f.partner_id
      JOIN crm_match_key r ON r.partner_id = f.other_id
 LEFT JOIN res_company cl ON cl.id = l.company_id
 LEFT JOIN res_company cr ON cr.id = r.company_id
     WHERE %(visible)s
"""
# What a person decided is not touched; what says the same is not written.
UPDATE = """
    UPDATE crm_match m
       SET weight = f.weight, probability = f.probability, evidence = f.evidence,
           automatic = f.weight >= %(automatic)s AND NOT f.vetoed,
           company_id = f.company_id, setting_id = %(setting)s, run_id = %(run)s
      FROM crm_match_found f
     WHERE m.partner_id = f.partner_id AND m.other_id = f.other_id
       AND m.state IN ('pending', 'later')
       AND (m.evidence, m.automatic, m.company_id, m.setting_id)
           IS DISTINCT FROM
           (f.evidence, f.weight >= %(automatic)s AND NOT f.vetoed, f.company_id,
            %(setting)s)
"""
INSERT = """
    INSERT INTO crm_match (partner_id, other_id, weight, probability, evidence,
                           automatic, company_id, setting_id, run_id, state, found_at,
                           cluster)
    SELECT f.partner_id, f.other_id, f.weight, f.probability, f.evidence,
           f.weight >= %(automatic)s AND NOT f.vetoed, f.company_id, %(setting)s,
           %(run)s, 'pending', now() AT TIME ZONE 'UTC',
           CASE WHEN l.cluster = r.cluster THEN l.cluster END
      FROM crm_match_found f
 LEFT JOIN crm_match_numbered l ON l.partner_id = f.partner_id
 LEFT JOIN crm_match_numbered r ON r.partner_id = f.other_id
     WHERE NOT EXISTS (SELECT FROM crm_match m WHERE m.partner_id = f.partner_id
                          AND m.other_id = f.other_id)
    ON CONFLICT (partner_id, other_id) DO NOTHING
"""
# Proposed before, but nothing speaks for it any more
FORGET = """
    DELETE FROM crm_match m
     WHERE m.state = 'pending' AND %(among)s
       AND NOT EXISTS (SELECT FROM crm_match_found f
                        WHERE f.partner_id = m.partner_id AND f.other_id = m.other_id)
"""
EVERYWHERE, NOTHING = SQL("TRUE"), SQL("")
# Pairs that keep or part clusters; `coming` are not stored yet.
OPEN = """
    SELECT m.id, m.partner_id, m.other_id, m.cluster,
           m.left_company_id, m.right_company_id, m.state
      FROM (SELECT m.id, m.partner_id, m.other_id, m.cluster, m.state, m.weight,
                   l.company_id AS left_company_id, r.company_id AS right_company_id
              FROM crm_match m
              JOIN res_partner l ON l.id = m.partner_id
              JOIN res_partner r ON r.id = m.other_id
             WHERE m.setting_id = %(setting)s AND m.state <> 'merged' AND %(near)s
             %(coming)s) m
     ORDER BY m.weight DESC, m.id NULLS LAST, m.partner_id, m.other_id
"""
COMING = SQL("""
    UNION ALL
    SELECT NULL, f.partner_id, f.other_id, NULL, 'pending', f.weight,
           f.left_company_id, f.right_company_id
      FROM crm_match_found f
     WHERE NOT EXISTS (SELECT FROM crm_match o WHERE o.partner_id = f.partner_id
                          AND o.other_id = f.other_id)
""")
# Whoever open pairs lead to from some customers.
NEAR = """
    m.partner_id IN (
        WITH RECURSIVE reach (id) AS (
            SELECT unnest(%(ids)s::int[])
             UNION
            SELECT n.id FROM reach r
              JOIN LATERAL (
                   SELECT o.other_id AS id FROM crm_match o
                    WHERE o.partner_id = r.id AND o.setting_id = %(setting)s
                      AND o.state IN ('pending', 'later')
                    UNION ALL
                   SELECT o.partner_id FROM crm_match o
                    WHERE o.other_id = r.id AND o.setting_id = %(setting)s
                      AND o.state IN ('pending', 'later')) n ON true)
        SELECT id FROM reach)
"""


class CrmMatch(models.Model):
    """Pairs stored in sets, and clusters of them."""

    _inherit = "crm.match"

    @api.model
    def _store(self, lines, setting, among, run=None):
        """Make `lines` the open pairs among some customers; decided ones stay.

        Repeated with the same lines it changes nothing.

        :param lines: file of CSV lines: smaller id, larger id, weight, probability,
            evidence as JSON, whether the pair is vetoed
        :param among: SQL condition on crm_match `m`: the pairs that were looked at
        :return: dict of counts: found, inserted, updated, deleted
        """
        cr = self.env.cr
        self.env.flush_all()
        cr.execute(READ)
        cr.execute("TRUNCATE crm_match_read")
        cr.copy_expert("COPY crm_match_read FROM STDIN WITH (FORMAT csv)", lines)
        cr.execute("ANALYZE crm_match_read (partner_id, other_id)")
        cr.execute("SET LOCAL work_mem = '256MB'")  # evidence is wide: none on disk
        cr.execute("DROP TABLE IF EXISTS pg_temp.crm_match_found")
        cr.execute(SQL(FOUND, visible=self._get_company_pairs()))
        cr.execute("CREATE INDEX ON crm_match_found (partner_id, other_id)")
        cr.execute("ANALYZE crm_match_found (partner_id, other_id)")
        cr.execute("SELECT count(*) FROM crm_match_found")
        counts = {"found": cr.fetchone()[0]}
        values = {
            "automatic": setting.threshold_automatic,
            "setting": setting.id,
            "run": SQL("%s::int", run.id if run else None),
            "among": among,
        }
        for name, statement in (
            ("updated", UPDATE), ("deleted", FORGET), ("inserted", INSERT),
        ):  # fmt: skip
            if statement is INSERT:  # with their numbers, or each row is written twice
                self._write_numbers(self._renumber(setting, coming=COMING))
            used = {k: v for k, v in values.items() if f"%({k})s" in statement}
            cr.execute(SQL(statement, **used))
            counts[name] = cr.rowcount
        cr.execute("RESET work_mem")
        if counts["inserted"] or counts["updated"] or counts["deleted"]:
            self.invalidate_model(flush=False)
        return counts

    @api.model
    def _write_numbers(self, numbers):
        """:param numbers: record -> number of its cluster, for `INSERT`"""
        self.env.cr.execute(
            "CREATE TEMP TABLE IF NOT EXISTS crm_match_numbered "
            "(partner_id int, cluster int) ON COMMIT DROP"
        )
        self.env.cr.execute("TRUNCATE crm_match_numbered")
        buffer = io.StringIO()
        csv.writer(buffer).writerows(numbers.items())
        buffer.seek(0)
        self.env.cr.copy_expert(
            "COPY crm_match_numbered FROM STDIN WITH (FORMAT csv)", buffer
        )
        self.env.cr.execute("ANALYZE crm_match_numbered")

    @api.model
    def _recluster(self, settings, around=None):
        """Number the clusters of open pairs; decisions keep them apart.

        :param around: ids of customers; only what hangs together with them is looked
            at, which is all that a decision about them can change
        :return: number of clusters among what was looked at
        """
        total = 0
        self.flush_model()
        for setting in settings:
            near = EVERYWHERE
            if around is not None:
                near = SQL(NEAR, setting=setting.id, ids=list(around))
            total += len(set(self._renumber(setting, near).values()))
        return total

    @api.model
    def _renumber(self, setting, near=EVERYWHERE, coming=NOTHING):
        """Give open pairs the numbers of their clusters.

        :param coming: pairs that are about to be stored count, too
        :return: record -> number of its cluster
        """
        rows = self.env.execute_query(
            SQL(OPEN, setting=setting.id, near=near, coming=coming)
        )
        found = self._get_clusters(rows)
        changes = []
        for id_, left, right, number, *_company, state in rows:
            own = found.get(left)
            together = own is not None and own == found.get(right)
            wanted = own if together and state != "distinct" else None
            if id_ and wanted != number:
                changes.append((id_, wanted))
        self._write_clusters(changes)
        return found

    @api.model
    def _get_clusters(self, rows):
        owners = {}
        for _id, left, right, _number, left_company, right_company, _state in rows:
            owners[left], owners[right] = left_company, right_company
        return clusters(
            ((row[1], row[2]) for row in rows if row[6] != "distinct"),
            apart=((row[1], row[2]) for row in rows if row[6] == "distinct"),
            scope=owners.get,
        )

    @api.model
    def _write_clusters(self, changes):
        if not changes:
            return
        cr = self.env.cr
        cr.execute(
            "CREATE TEMP TABLE IF NOT EXISTS crm_match_clustered (id int, cluster int) "
            "ON COMMIT DROP"
        )
        cr.execute("TRUNCATE crm_match_clustered")
        buffer = io.StringIO()
        csv.writer(buffer).writerows(changes)
        buffer.seek(0)
        cr.copy_expert("COPY crm_match_clustered FROM STDIN WITH (FORMAT csv)", buffer)
        cr.execute(
            "UPDATE crm_match m SET cluster = c.cluster FROM crm_match_clustered c "
            "WHERE c.id = m.id"
        )
        self.invalidate_model(["cluster"], flush=False)
