"""Another system's table is read by one SELECT, and by nothing that could do harm."""

from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.sql_db import connection_info_for
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .golden_common import GoldenCase

ROLE = "crm_test_reader"
MODULE = "odoo.addons.crm_extended.models.golden.crm_source_query"
ROWS = (
    "SELECT * FROM (VALUES ('1', 'Jana', 'Praha'), ('2', 'Petr; ''x''', NULL)) "
    "AS t(id, name, city) -- the whole list"
)


@tagged("post_install", "-at_install")
class TestSourceQuery(GoldenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.info = cls._get_server()
        cls._make_role()
        cls.connection = cls.env["crm.source.connection"].create(
            {
                "name": "Old shop",
                "host": "db.shop.local",
                "database": "shop",
                "login": ROLE,
                "password": "s3cret",
            }
        )
        cls.other = {**cls.info, "dbname": "postgres", "user": ROLE}
        cls.startClassPatcher(
            patch.object(
                cls.env.registry["crm.source.connection"],
                "_get_parameters",
                lambda self: cls.other,
            )
        )
        cls.manager = new_test_user(
            cls.env,
            "gol_manager",
            groups="crm_extended.group_customer_manager,crm_extended.group_import_user",
        )
        columns = {"id": "customer_key", "name": "name", "city": "city"}
        cls.people = cls.make_mapping(columns, what="customers", source_id=cls.web.id)
        cls.query = (
            cls.env["crm.source.query"]
            .with_user(cls.manager)
            .create(
                {
                    "name": "Customers",
                    "connection_id": cls.connection.id,
                    "mapping_id": cls.people.id,
                    "query": ROWS,
                }
            )
        )

    @classmethod
    def _get_server(cls):
        _name, info = connection_info_for(cls.env.cr.dbname)
        wanted = ("host", "port", "user", "password")
        return {key: info[key] for key in wanted if info.get(key)}

    @classmethod
    def _make_role(cls):
        def do(statement):
            connection = psycopg2.connect(**cls.info, dbname="postgres")
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
            connection.close()

        do(f"DROP ROLE IF EXISTS {ROLE}")
        do(f"CREATE ROLE {ROLE} LOGIN PASSWORD 's3cret'")
        cls.addClassCleanup(do, f"DROP ROLE IF EXISTS {ROLE}")

    def run_import(self, dry_run=False):
        run = self.query._make_import()
        run.sudo().dry_run = dry_run
        run._run()
        return run

    # ------------------------------------------------------------------ reading

    def test_rows_come_in_as_those_of_a_file_and_twice_change_nothing(self):
        run = self.run_import()
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(self.counts(run, "customer"), (2, 0, 0))
        record = self.web.record_ids.filtered(lambda r: r.key == "2")
        self.assertEqual(record.partner_id.name, "Petr; 'x'")
        self.assertEqual(record.payload["name"], "Petr; 'x'")
        self.assertEqual(self.counts(self.run_import(), "customer"), (0, 0, 2))
        self.assertTrue(self.web.last_received_at)

    def test_a_trial_stores_nothing_and_the_first_rows_are_shown(self):
        run = self.run_import(dry_run=True)
        self.assertEqual((run.step, run.customer_created), ("tried", 2))
        self.assertFalse(self.web.record_ids)
        self.query.action_preview()
        self.assertIn("Jana", self.query.preview)

    def test_a_bad_row_is_told_as_in_a_file(self):
        self.query.query = "SELECT NULL AS id, 'X' AS name, '' AS city"
        run = self.run_import()
        self.assertEqual(run.error_count, 1)
        self.assertIn("empty", self.read_report(run)[1][3])

    def test_a_query_that_gives_too_much_is_stopped(self):
        self.env["ir.config_parameter"].set_param(
            "crm_extended.import_max_megabytes", "1"
        )
        self.query.query = (
            "SELECT g::text AS id, repeat('x', 200) AS name, '' AS city "
            "FROM generate_series(1, 100000) AS g"
        )
        run = self.run_import()
        self.assertEqual(run.state, "failed")
        self.assertIn("more than one import", run.error)

    def test_what_is_due_is_imported_in_the_name_of_its_person(self):
        self.query.write({"interval": "days", "next_at": "2026-01-01 03:00:00"})
        self.env["crm.source.query"]._cron_import()
        [run] = self.query.import_ids
        self.assertEqual(run.user_id, self.manager)
        self.assertEqual(run.state, "queued")
        self.assertGreater(self.query.next_at, fields.Datetime.now())
        self.assertEqual(self.query.next_at.hour, 3, "at its own time of the day")

    # ------------------------------------------------------------------ hostile

    def test_only_one_select_can_be_saved(self):
        for query in (
            "SELECT 1; SELECT 2",
            "DELETE FROM customer",
            "WITH d AS (DELETE FROM c RETURNING *) SELECT * FROM d",
            "SELECT 1) TO STDOUT; DROP TABLE c; COPY (SELECT 1",
            "SELECT pg_sleep(1000)",
            "SELECT pg_read_file('/etc/passwd')",
            "COPY c TO PROGRAM 'rm -rf /'",
            "",
        ):
            with self.subTest(query), self.assertRaises(ValidationError):
                self.query.query = query

    @mute_logger("odoo.sql_db")
    def test_the_other_walls_hold_without_the_first(self):
        for query in (
            "SELECT 1; CREATE TABLE crm_test_x (a int)",
            "WITH d AS (DELETE FROM pg_class RETURNING 1) SELECT * FROM d",
            "SELECT nextval('x')",
            "SELECT 1) TO STDOUT; CREATE TABLE crm_test_x (a int); COPY (SELECT 1",
            "SELECT pg_read_file('/etc/passwd')",
        ):
            with self.subTest(query), patch(f"{MODULE}.check_query", lambda text: text):
                self.query.query = query
                run = self.run_import()
                self.assertEqual(run.state, "failed")
                self.assertIn("The other database refused", run.error)

    def test_a_sleeping_query_is_stopped(self):
        with patch(f"{MODULE}.check_query", lambda text: text):
            self.query.write({"query": "SELECT pg_sleep(60)", "seconds": 1})
            run = self.run_import()
        self.assertEqual(run.state, "failed")
        self.assertIn("longer than 1 seconds", run.error)
        self.assertLess(run.seconds, 10)

    def test_superusers_and_our_own_database_are_refused(self):
        for other, word in (
            (
                {**self.other, "user": self.env.cr.dbname and self._get_superuser()},
                "superuser",
            ),
            ({**self.other, "dbname": self.env.cr.dbname}, "own database"),
        ):
            with (
                self.subTest(word),
                patch.object(
                    type(self.connection), "_get_parameters", lambda s, o=other: o
                ),
                self.assertRaisesRegex(UserError, word),
            ):
                self.connection.action_test()
        self.assertEqual(self.connection.action_test()["params"]["type"], "success")

    def _get_superuser(self):
        self.env.cr.execute("SELECT rolname FROM pg_roles WHERE rolsuper LIMIT 1")
        return self.env.cr.fetchone()[0]

    def test_an_address_is_no_path_and_no_connection_string(self):
        for field, value in (
            ("host", "/var/run/postgresql"),
            ("host", "a b"),
            ("host", "x host=y"),
            ("database", "host=evil dbname=x"),
            ("login", "a b"),
        ):
            with self.subTest(value), self.assertRaises(ValidationError):
                self.connection[field] = value

    # ------------------------------------------------------------------ rights

    def test_nobody_reads_the_password_again(self):
        self.assertFalse(self.connection.password)
        self.assertEqual(self.connection.sudo().password_kept, "s3cret")
        admin = new_test_user(
            self.env, "gol_admin", groups="base.group_system,base.group_partner_manager"
        )
        own = self.connection.with_user(admin)
        self.assertFalse(own.read(["password"])[0]["password"])
        with self.assertRaises(AccessError):
            own.read(["password_kept"])
        with self.assertRaises(AccessError):
            own.search([("password_kept", "=like", "s%")])
        own.password = False
        self.assertEqual(own.sudo().password_kept, "s3cret", "empty keeps it")
        self.assertFalse(own.copy().sudo().password_kept)

    def test_each_role_may_what_it_needs(self):
        connection = self.connection.with_user(self.manager)
        self.assertEqual(connection.name, "Old shop")
        for step in (
            lambda: connection.read(["host"]),
            lambda: connection.write({"name": "X"}),
            connection.action_test,
            lambda: self.query.with_user(self.operator).action_import(),
            lambda: self.query.with_user(self.operator).write({"query": "SELECT 1"}),
            lambda: self.query.with_user(self.steward).read(["query"]),
        ):
            with self.assertRaises(AccessError):
                step()
        with self.assertRaises(ValidationError):
            self.query.user_id = self.env.ref("base.user_admin")

    def test_who_changes_the_query_answers_for_it(self):
        second = new_test_user(
            self.env, "gol_second", groups="crm_extended.group_customer_manager"
        )
        self.query.with_user(second).query = "SELECT '1' AS id, 'A' AS name, '' AS city"
        self.assertEqual(self.query.user_id, second)
