"""Calls that no honest client makes are answered in one line, without a trace."""

import xmlrpc.client
from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .exchange_common import ExchangeCase, quiet


@tagged("post_install", "-at_install")
class TestExchangeHostile(ExchangeCase):
    def raw_xmlrpc(self, argument):
        """Send `<value>argument</value>` as the argument `cursor` of pull."""
        user, dbname = self.client.user_id, self.env.cr.dbname
        body = f"""<?xml version="1.0"?><methodCall><methodName>execute_kw</methodName>
            <params><param><value><string>{dbname}</string></value></param>
            <param><value><int>{user.id}</int></value></param>
            <param><value><string>{self.key}</string></value></param>
            <param><value><string>crm.exchange</string></value></param>
            <param><value><string>pull</string></value></param>
            <param><value><array><data/></array></value></param>
            <param><value><struct><member><name>cursor</name>
            <value>{argument}</value></member></struct></value></param>
            </params></methodCall>"""
        with quiet:
            response = self.url_open(
                "/xmlrpc/2/object", data=body, headers={"Content-Type": "text/xml"}
            )
        self.assertNoTrace(response.text)
        return response.content

    @mute_logger("odoo.http")
    def test_hostile_values_over_xmlrpc_are_refused_in_one_line(self):
        nested = "<array><data><value>" * 20_000 + "</value></data></array>" * 20_000
        for argument in (
            "<nil/>",
            "<i8>2147483648</i8>",
            "<i8>9223372036854775808</i8>",
            "<double>nan</double>",
            "<double>1e400</double>",
            "<base64>AAAA</base64>",
            nested,
        ):
            with self.subTest(argument=argument[:30]):
                content = self.raw_xmlrpc(argument)
                [answer], _method = xmlrpc.client.loads(content)
                self.assertFalse(answer["ok"])
                [error] = answer["errors"]
                self.assertIn(error["code"], ("invalid_value", "invalid_argument"))

    @mute_logger("odoo.http")
    def test_a_body_that_is_no_call_is_refused_in_one_line(self):
        bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]>'
        for body in (
            b"no xml",
            b"<methodCall>",
            b"\0" * 10,
            f"<?xml version='1.0'?>{bomb}<methodCall/>".encode(),
            f"<?xml version='1.0' encoding='utf-16'?>{bomb}<a/>".encode("utf-16"),
            b"<methodCall><methodName>execute_kw</methodName><params><param><value>"
            b"<string>&#0;</string></value></param></params></methodCall>",
            b"<methodCall><methodName>execute_kw</methodName><params><param><value>"
            b"<string>&#xFFFE;</string></value></param></params></methodCall>",
        ):
            with self.subTest(body=body[:30]), quiet:
                response = self.url_open(
                    "/xmlrpc/2/object", data=body, headers={"Content-Type": "text/xml"}
                )
                self.assertNoTrace(response.text)
                with self.assertRaises(xmlrpc.client.Fault):
                    xmlrpc.client.loads(response.content)

    @mute_logger("odoo.http", "odoo.addons.crm_extended.models.exchange.ir_http")
    def test_hostile_bodies_over_json2_are_refused_in_one_line(self):
        for body in (
            '{"cursor": null}',
            '{"cursor": NaN}',
            '{"limit": 2147483648}',
            '{"limit": 9223372036854775808}',
            '{"cursor": "\\ud800"}',
            '{"cursor": "\\u0000"}',
            '{"\\ud800": 1}',
            '{"entities": ' + "[" * 20 + "]" * 20 + "}",
            '{"entities": ' + "[" * 20_000 + "]" * 20_000 + "}",
            '{"cusror": "x"}',
            '{"ids": [1]}',
            '{"context": [1]}',
            "[1]",
            '"text"',
            "{",
        ):
            with self.subTest(body=body[:30]):
                _status, answer, text = self.json2("crm.exchange/pull", body=body)
                self.assertNoTrace(text)
                if body not in ("[1]", '"text"'):  # Odoo takes these as no arguments
                    self.assertFalse(answer["ok"])

    @mute_logger("odoo.http")
    def test_too_large_a_body_is_refused_on_both_faces(self):
        large = "x" * (8 * 1024 * 1024 + 1)
        [answer], _method = xmlrpc.client.loads(
            self.raw_xmlrpc(f"<string>{large}</string>")
        )
        self.assertEqual(answer["errors"][0]["code"], "too_large")
        status, answer, _text = self.json2("crm.exchange/pull", {"cursor": large})
        self.assertEqual((status, answer["errors"][0]["code"]), (413, "too_large"))

    @mute_logger("odoo.http", "odoo.addons.crm_extended.controllers.exchange_rpc")
    def test_wrong_arguments_over_xmlrpc_are_answered_in_the_envelope(self):
        for arguments, named in (
            (["positional"], {}),
            ([], {"cusror": "x"}),
            ([], {"limit": "many"}),
            ([], {"entities": {"a": 1}}),
            ([], {"context": [1]}),
        ):
            with self.subTest(arguments=arguments, named=named):
                answer = self.xmlrpc("crm.exchange", "pull", arguments, named)
                self.assertFalse(answer["ok"])
                self.assertNoTrace(str(answer))

    def test_a_fault_of_ours_leaks_no_trace_and_the_log_has_it(self):
        exchange = type(self.env["crm.exchange"])
        fault = patch.object(exchange, "_start", side_effect=KeyError("our secret"))
        logger = "odoo.addons.crm_extended.models.exchange.crm_exchange"
        with fault, self.assertLogs(logger) as log:
            answer = self.xmlrpc("crm.exchange", "pull")
        self.assertEqual(answer["errors"][0]["code"], "unexpected")
        self.assertNoTrace(str(answer))
        self.assertIn(answer["request_id"], log.output[0])
        self.assertIn("Traceback", log.output[0])

    def test_a_client_without_filter_is_told_nothing_of_what_it_may_not_see(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        employee = new_test_user(self.env, "exc_hidden", "base.group_user").partner_id
        _items, cursor = self.pull_all()
        other = self.partners.create({"name": "Other", "company_id": company.id})
        shared = self.partners.create({"name": "Shared"})
        (employee | company.partner_id).city = "Brno"
        [item], cursor = self.pull_all(cursor)
        self.assertEqual((item["op"], item["id"]), ("upsert", shared.id))
        shared.company_id = company
        [item], cursor = self.pull_all(cursor)
        self.assertEqual((item["op"], item["id"]), ("left_scope", shared.id))
        keys = [{"id": other.id}]
        other.unlink()
        self.assertEqual(self.pull_all(cursor)[0], [])
        [found] = self.ok("get", entity="customer", keys=keys)["records"]
        self.assertEqual(found["status"], "not_found")
