from unittest.mock import patch

from odoo.tests import tagged

from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestPush(PushCase):
    """What a push promises: once, per row, all or none, and nothing half done."""

    # ------------------------------------------------------------------ idempotency

    def test_same_batch_gets_the_stored_reply_and_is_carried_out_once(self):
        row = self.row("C-1", name="Anna")
        first = self.push(row, batch="B")
        again = self.push(row, batch="B")
        self.assertEqual(first, again)
        self.assertEqual(first["counts"]["created"], 1)
        self.assertEqual(self.partners.search_count([("name", "=", "Anna")]), 1)

    def test_same_batch_with_other_rows_is_refused(self):
        self.push(self.row("C-1", name="Anna"), batch="B")
        other = [self.row("C-1", name="Berta")]
        self.refused("idempotency_mismatch", "push", batch_id="B", rows=other)
        self.assertFalse(self.partners.search([("name", "=", "Berta")]))

    def test_other_clients_batch_of_the_same_id_is_another_batch(self):
        other = self.make_writer("OTHER-ERP")
        self.push(self.row("C-1", name="Anna"), batch="B")
        row = {**self.row("C-1", name="Anna"), "key": self.key_of("C-1", other)}
        self.assertEqual(self.push(row, by=other, batch="B")["counts"]["created"], 1)

    def test_pruned_reply_is_refused_and_not_executed_again(self):
        row = self.row("C-1", name="Anna")
        self.push(row, batch="B")
        batches = self.env["crm.exchange.batch"]
        batch = batches.search([("batch_id", "=", "B")])
        self.env.cr.execute(
            "UPDATE crm_exchange_batch SET received_at = now() - interval '8 days'"
        )
        batches.invalidate_model()
        batches._gc_batches()
        self.assertFalse(batch.reply)
        self.refused("reply_expired", "push", batch_id="B", rows=[row])
        self.assertEqual(self.partners.search_count([("name", "=", "Anna")]), 1)

    # ------------------------------------------------------------------ rows

    def test_created_updated_unchanged(self):
        created = self.one(self.row("C-1", name="Anna", city="Praha", country="CZ"))
        self.assertEqual(created["status"], "created")
        partner = self.partners.browse(created["id"])
        self.assertEqual((partner.city, partner.country_id.code), ("Praha", "CZ"))
        updated = self.one(self.row("C-1", city="Brno", unset=["country"]))
        self.assertEqual((updated["status"], updated["id"]), ("updated", partner.id))
        self.assertNotEqual(updated["rev"], created["rev"])
        self.assertEqual((partner.city, partner.country_id.id), ("Brno", False))
        same = self.one(self.row("C-1", name="Anna", city="Brno"))
        self.assertEqual(same["status"], "unchanged")
        self.assertEqual(same["rev"], updated["rev"])

    def test_revision_is_the_one_that_get_gives(self):
        result = self.one(self.row("C-1", name="Anna", city="Praha"))
        [read] = self.ok("get", entity="customer", keys=[{"id": result["id"]}])[
            "records"
        ]
        self.assertEqual(read["rev"], result["rev"])
        self.assertEqual(read["keys"], ["C-1"])

    def test_unchanged_rows_write_nothing(self):
        rows = [self.row(f"C-{n}", name=f"Anna {n}", city="Brno") for n in range(20)]
        self.push(*rows)
        self.env.cr.execute("SELECT pg_current_xact_id_if_assigned()")
        statements = []
        execute = type(self.env.cr).execute

        def listen(cr, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return execute(cr, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", listen):
            done = self.push(*rows)
        self.assertEqual(done["counts"]["unchanged"], 20)
        written = [s for s in statements if s.lstrip().startswith(("UPDATE", "INSERT"))]
        tables = ("res_partner", "crm_exchange_base", "crm_source_record")
        self.assertFalse([s for s in written if any(t in s for t in tables)])

    def test_number_of_queries_does_not_grow_with_rows(self):
        def count(size, start):
            rows = [
                self.row(f"Q-{n}", name=f"Quentin {n}", city=f"Town {n}")
                for n in range(start, start + size)
            ]
            self.push(*rows)
            changed = [
                {**row, "set": {"city": f"New {n}"}} for n, row in enumerate(rows)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.push(*changed)["counts"]["updated"], size)
            return self.env.cr.sql_log_count - before

        few, many = count(10, 0), count(200, 1000)
        self.assertLess(many, few + 12)

    def test_bad_rows_are_found_and_the_others_go(self):
        rows = [self.row(f"C-{n}", name=f"Anna {n}") for n in range(8)]
        rows[2]["set"]["email"] = 5
        rows[3]["set"]["country"] = "QQ"
        rows[4]["set"]["name"] = ""
        rows[5]["set"]["phoen"] = "1"
        rows[6]["key"] = {"source": "SOMEBODY-ELSE", "id": "1"}
        done = self.push(*rows)
        codes = [[e["code"] for e in r.get("errors", ())] for r in done["rows"]]
        expected = ["invalid_value", "invalid_value", "required", "unknown_field"]
        self.assertEqual(codes[2:7], [[c] for c in [*expected, "out_of_scope"]])
        self.assertEqual(done["rows"][2]["errors"][0]["path"], "rows[2].set.email")
        self.assertEqual(done["counts"]["created"], 3)

    def test_row_the_database_refuses_is_alone_in_its_fault(self):
        rows = [self.row(f"C-{n}", name=f"Anna {n}", ref=f"R{n}") for n in range(9)]
        create = type(self.partners).create

        def picky(partners, vals_list):
            if any(vals.get("ref") == "R5" for vals in vals_list):
                raise ValueError("a secret of ours")
            return create(partners, vals_list)

        with patch.object(type(self.partners), "create", picky):
            done = self.push(*rows)
        self.assertEqual(done["counts"]["created"], 8)
        self.assertStatus(done["rows"][5], "rejected", "invalid_value")
        self.assertNotIn("secret", str(done))

    def test_all_or_none(self):
        rows = [self.row("C-1", name="Anna"), self.row("C-2", name="")]
        done = self.push(*rows, mode="all")
        self.assertFalse(done["applied"])
        self.assertStatus(done["rows"][0], "rejected", "rolled_back")
        self.assertFalse(self.partners.search([("name", "=", "Anna")]))
        domain = [("client_id", "=", self.client.id)]
        self.assertFalse(self.env["crm.exchange.row"].search(domain))

    def test_dry_run_tells_and_keeps_nothing(self):
        row = self.row("C-1", name="Anna")
        tried = self.push(row, batch="B", dry_run=True)
        self.assertEqual(tried["counts"]["created"], 1)
        self.assertFalse(tried["applied"])
        self.assertFalse(self.partners.search([("name", "=", "Anna")]))
        self.assertTrue(self.push(row, batch="B")["applied"])

    def test_sandbox_client_keeps_nothing(self):
        self.client.sandbox = True
        self.assertTrue(self.push(self.row("C-1", name="Anna"))["dry_run"])
        self.assertFalse(self.partners.search([("name", "=", "Anna")]))

    def test_two_rows_of_one_record_go_in_their_order(self):
        rows = [
            self.row("C-1", row_id="a", name="Anna", city="Praha"),
            self.row("C-1", row_id="b", city="Brno"),
        ]
        done = self.push(*rows)
        self.assertEqual([r["status"] for r in done["rows"]], ["created", "updated"])
        self.assertEqual(self.partners.browse(done["rows"][0]["id"]).city, "Brno")

    def test_patch_creates_nothing(self):
        result = self.one(self.row("C-1", op="patch", name="Anna"))
        self.assertStatus(result, "rejected", "not_found")

    def test_new_twice_is_a_conflict_unless_it_says_the_same(self):
        row = self.row("C-1", base_rev="new", name="Anna")
        self.assertEqual(self.one(row)["status"], "created")
        self.assertEqual(self.one(row)["status"], "unchanged")
        other = self.row("C-1", base_rev="new", name="Berta")
        self.assertEqual(self.one(other)["status"], "conflict")

    # ------------------------------------------------------------------ references

    def contact(self, key, customer, **values):
        refs = {"customer": self.key_of(customer)}
        return self.row(key, entity="contact", refs=refs, **values)

    def test_reference_to_a_later_row(self):
        done = self.push(
            self.contact("P-1", "C-1", name="Jan"), self.row("C-1", name="Firma")
        )
        self.assertEqual(done["counts"]["created"], 2)
        person = self.partners.browse(done["rows"][0]["id"])
        self.assertEqual(person.parent_id.name, "Firma")

    def test_deferred_row_goes_by_itself_when_its_target_arrives(self):
        deferred = self.push(self.contact("P-1", "C-1", name="Jan"), batch="early")
        self.assertEqual(deferred["counts"]["deferred"], 1)
        waits = deferred["rows"][0]["waits_for"]
        self.assertEqual(waits, [{"entity": "customer", "id": "C-1"}])
        status = self.ok("push_status", batch_id="early")
        self.assertEqual([w["state"] for w in status["waiting"]], ["deferred"])
        self.push(self.row("C-1", name="Firma"))
        person = self.partners.search([("name", "=", "Jan")])
        self.assertEqual(person.parent_id.name, "Firma")
        self.assertFalse(self.ok("push_status", batch_id="early")["waiting"])

    def test_target_that_comes_another_way_is_found_by_the_cron(self):
        self.push(self.contact("P-1", "C-1", name="Jan"))
        firm = self.partners.create({"name": "Firma", "is_company": True})
        self.env["crm.source.record"].create(
            {"source_id": self.source.id, "key": "C-1", "partner_id": firm.id}
        )
        self.env["crm.exchange.row"]._cron_settle()
        self.assertEqual(firm.child_ids.name, "Jan")

    def test_late_row_never_brings_back_old_values(self):
        self.make("C-9", name="Old Firm")
        self.push(self.contact("P-1", "C-9", name="Jan", city="Praha"))
        self.push(self.contact("P-1", "C-1", city="Plzeň", phone="+420777111222"))
        self.push(self.row("P-1", entity="contact", city="Brno"))
        self.push(self.row("C-1", name="Firma"))
        person = self.partners.search([("name", "=", "Jan")])
        self.assertEqual((person.parent_id.name, person.city), ("Firma", "Brno"))
        self.assertTrue(person.phone)

    def test_id_of_a_record_out_of_sight_is_no_reference(self):
        company = self.env.company.partner_id
        row = self.row("P-1", entity="contact", name="Jan")
        row["refs"] = {"customer": {"id": company.id}}
        self.assertStatus(self.one(row), "rejected", "not_found")

    # ------------------------------------------------------------------ other ops

    def test_what_the_partner_deleted_is_back_when_it_sends_it_again(self):
        partner = self.make("C-1")
        self.one(self.row("C-1", op="delete"))
        self.assertFalse(partner.active)
        self.assertEqual(self.one(self.row("C-1", name="Anna"))["status"], "updated")
        self.assertTrue(partner.active)
        partner.action_archive()
        self.assertEqual(self.one(self.row("C-1", name="Eva"))["status"], "updated")
        self.assertFalse(partner.active, "what our people archived stays so")

    def test_delete_archives_and_twice_changes_nothing(self):
        partner = self.make("C-1")
        self.assertEqual(self.one(self.row("C-1", op="delete"))["status"], "updated")
        self.assertFalse(partner.active)
        result = self.one(self.row("NONE", op="delete"))
        self.assertStatus(result, "rejected", "not_found")

    def test_delete_of_a_customer_others_know_ends_only_this_voice(self):
        partner = self.make("C-1", phone="+420777111222")
        other = self.env["crm.source"].create({"name": "Web", "code": "PUSH-WEB"})
        self.env["crm.source.record"].create(
            {
                "source_id": other.id,
                "key": "W-1",
                "partner_id": partner.id,
                "accepted": {"name": "Anna"},
            }
        )
        self.assertEqual(self.one(self.row("C-1", op="delete"))["status"], "updated")
        self.assertTrue(partner.active)
        self.assertFalse(partner.phone)
        self.assertEqual(partner.name, "Anna")

    def test_merge_goes_through_the_journal(self):
        one, two = self.make("C-1"), self.make("C-2", name="Anna N.")
        row = self.row("C-2", op="merge", refs={"into": self.key_of("C-1")})
        result = self.one(row)
        self.assertEqual((result["status"], result["id"]), ("updated", one.id))
        self.assertEqual(two.merged_into_id, one)
        self.assertTrue(self.env["crm.merge"].search([("partner_id", "=", one.id)]))
        self.assertEqual(self.one(self.row("C-2", city="Brno"))["id"], one.id)
