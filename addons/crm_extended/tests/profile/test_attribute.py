import base64

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.profile.crm_attribute import AXES
from .profile_common import ProfileCase


@tagged("post_install", "-at_install")
class TestAttribute(ProfileCase):
    def test_new_value_ends_the_old_one_and_history_stays(self):
        self.say(self.anna, self.instrument, self.violin.id)
        self.say(self.anna, self.instrument, self.cello.id)
        self.assertEqual(self.current(self.anna, self.instrument).choice_id, self.cello)
        rows = self.env["crm.attribute.value"].search(
            [("partner_id", "=", self.anna.id)], order="id"
        )
        self.assertEqual(rows.choice_id, self.violin | self.cello)
        self.assertEqual(rows[0].valid_to, rows[1].valid_from)

    def test_the_same_value_again_is_confirmed_not_repeated(self):
        self.say(self.anna, self.instrument, self.violin.id, certainty=50)
        before = self.current(self.anna, self.instrument)
        since = before.valid_from
        self.say(self.anna, self.instrument, self.violin.id, certainty=90)
        after = self.current(self.anna, self.instrument)
        self.assertEqual((after, after.valid_from), (before, since))
        self.assertEqual(after.certainty, 90)
        self.assertGreater(after.confirmed_at, since)

    def test_several_choices_hold_at_once(self):
        self.say(self.anna, self.styles, self.jazz.id, self.folk.id)
        self.say(self.anna, self.styles, self.folk.id, self.baroque.id)
        held = self.current(self.anna, self.styles).choice_id
        self.assertEqual(held, self.folk | self.baroque)

    def test_no_value_takes_it_away(self):
        self.say(self.anna, self.vegan, False)
        self.assertEqual(self.current(self.anna, self.vegan).shown, "No")
        self.say(self.anna, self.vegan)
        self.assertFalse(self.current(self.anna, self.vegan))

    def test_less_trusted_source_does_not_win_but_is_remembered(self):
        web, till = self.env["crm.source"].create(
            [
                {"name": "Web", "code": "T-WEB", "trust": 40},
                {"name": "Till", "code": "T-TIL", "trust": 80},
            ]
        )
        self.say(self.anna, self.instrument, self.violin.id, source=till)
        for _twice in range(2):
            self.say(self.anna, self.instrument, self.drums.id, source=web)
        held = self.current(self.anna, self.instrument)
        self.assertEqual((held.choice_id, held.certainty), (self.violin, 80))
        doubted = self.env["crm.attribute.value"].search([("outvoted", "=", True)])
        self.assertEqual(doubted.choice_id, self.drums)
        self.say(self.anna, self.instrument, self.cello.id)  # a person knows better
        self.assertEqual(self.current(self.anna, self.instrument).choice_id, self.cello)

    def test_source_takes_back_only_what_it_said(self):
        web, till = self.env["crm.source"].create(
            [{"name": n, "code": f"T-{n}", "trust": 50} for n in ("W", "T")]
        )
        self.say(self.anna, self.styles, self.jazz.id, source=web)
        self.say(self.anna, self.styles, self.folk.id, source=till)
        self.say(self.anna, self.styles, source=web)
        self.assertEqual(self.current(self.anna, self.styles).choice_id, self.folk)

    def test_customers_are_found_by_a_line(self):
        self.say(self.anna, self.instrument, self.violin.id)
        self.say(self.boris, self.instrument, self.drums.id)
        self.say(self.anna, self.born, "1984-05-06")
        self.say(self.boris, self.pieces, 12.5)
        self.say(self.cyril, self.vegan, True)
        for text, found in {
            "t_instrument = violin": self.anna,
            "Instrument: vio": self.anna,
            "violin": self.anna,
            "t_instrument = vio": self.env["res.partner"],
            "t_instrument =": self.anna | self.boris,
            "t_instrument != violin": self.boris | self.cyril | self.dana,
            "birth_date < 1990-01-01": self.anna,
            "birth_date >= 1990-01-01": self.env["res.partner"],
            "t_pieces > 12": self.boris,
            "t_vegan = yes": self.cyril,
            "t_vegan = no": self.env["res.partner"],
        }.items():
            with self.subTest(text=text):
                self.assertEqual(self.find(text).ids, found.ids)

    def test_wrong_question_is_told(self):
        for text in ("birth_date < yesterday", "t_pieces > NaN", "t_vegan = perhaps"):
            with self.subTest(text=text), self.assertRaises(UserError):
                self.find(text)

    def test_former_values_are_not_found(self):
        self.say(self.anna, self.instrument, self.violin.id)
        self.say(self.anna, self.instrument, self.cello.id)
        self.assertFalse(self.find("t_instrument = violin"))

    def test_segment_takes_a_question(self):
        self.say(self.anna, self.instrument, self.violin.id)
        segment = self.env["crm.segment"].create(
            {
                "name": "Violinists",
                "domain": "[('profile', '=', 't_instrument = violin')]",
            }
        )
        self.env["crm.segment"]._refresh(segment, "2030-01-01")
        self.assertEqual(segment.member_ids.partner_id, self.anna)

    def test_customers_are_grouped_by_an_attribute(self):
        self.say(self.anna, self.instrument, self.violin.id)
        self.say(self.boris, self.instrument, self.violin.id)
        self.say(self.cyril, self.instrument, self.drums.id)
        self.instrument.groupable = True
        name = f"profile_axis_{self.instrument.axis}_ids"
        partners = self.env["res.partner"].with_user(self.shop)
        self.assertEqual(partners.fields_get([name])[name]["string"], "Instrument")
        arch = partners.get_view(
            self.env.ref("base.view_res_partner_filter").id, "search"
        )["arch"]
        self.assertIn('string="Instrument"', arch)
        groups = partners._read_group([("city", "=", "Testville")], [name], ["__count"])
        self.assertEqual(
            {group.id: count for group, count in groups},
            {self.violin.id: 2, self.drums.id: 1, False: 1},
        )
        self.instrument.groupable = False
        self.assertNotIn(name, partners.fields_get())

    def test_places_for_grouping_run_out_with_a_message(self):
        values = {"groupable": True, "group_id": self.group.id, "kind": "choice"}
        with self.assertRaisesRegex(UserError, "Switch it off at another one"):
            self.env["crm.attribute"].create(
                [
                    {"name": f"A{n}", "code": f"t_axis_{n}", **values}
                    for n in range(AXES + 1)
                ]
            )

    def test_used_attribute_keeps_its_kind_and_is_not_deleted(self):
        self.say(self.anna, self.note, "Comes on Fridays")
        with self.assertRaisesRegex(UserError, "so its kind stays"):
            self.note.kind = "number"
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.note.unlink()
        self.pieces.kind = "text"  # unused
        self.pieces.unlink()

    def test_codes_are_plain(self):
        for code in ("Birth Date", "a=b", "дата", "A"):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self.make_attribute(code, "text")

    def test_merged_customers_keep_all_they_said_and_come_back(self):
        self.say(self.anna, self.instrument, self.violin.id)
        self.say(self.boris, self.instrument, self.cello.id)
        self.say(self.boris, self.styles, self.jazz.id)
        before = self.boris.attribute_value_ids
        merge = self.env["crm.merge"]._merge([(self.anna.id, self.boris.ids)])
        self.env.invalidate_all()
        self.assertEqual(
            self.current(self.anna, self.instrument).choice_id, self.violin
        )
        self.assertEqual(self.current(self.anna, self.styles).choice_id, self.jazz)
        merge.action_undo()
        self.env.invalidate_all()
        self.assertEqual(self.boris.attribute_value_ids, before)
        self.assertFalse(self.current(self.anna, self.styles))

    def test_thousand_customers_take_as_many_queries_as_two(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Many {n}"} for n in range(1000)]
        )
        store = self.env["crm.attribute.value"]._store
        rows = [(p.id, self.instrument, [self.violin.id]) for p in partners]
        store(rows[:2])
        self.env.flush_all()
        counts = []
        for part in (rows[:2], rows):
            start = self.env.cr.sql_log_count
            store(part)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestAttributeImport(ProfileCase):
    def _load(self, text, user=None):
        mapping = self.env["crm.import.mapping"].search([("code", "=", "t_profile")])
        if not mapping:
            source = self.env["crm.source"].create(
                {"name": "List", "code": "T-LIST", "trust": 70}
            )
            columns = {
                "id": "customer_key",
                "name": "name",
                "born": "attribute:birth_date",
                "number": "attribute:personal_number",
                "plays": "attribute:t_instrument",
                "styles": "attribute:t_styles",
                "vegan": "attribute:t_vegan",
                "pieces": "attribute:t_pieces",
            }
            mapping = self.env["crm.import.mapping"].create(
                {
                    "name": "Profiles",
                    "code": "t_profile",
                    "what": "customers",
                    "source_id": source.id,
                    "line_ids": [
                        Command.create({"column": column, "target": target})
                        for column, target in columns.items()
                    ],
                }
            )
        run = self.env["crm.import"].create(
            {
                "mapping_id": mapping.id,
                "file": base64.b64encode(text.encode()),
                "file_name": "list.csv",
            }
        )
        run._run()
        return run

    def _profile(self, key):
        record = self.env["crm.source.record"].search(
            [("key", "=", key), ("source_id.code", "=", "T-LIST")]
        )
        rows = record.partner_id.attribute_value_ids
        return {
            code: sorted(row.shown for row in rows if row.code == code)
            for code in rows.mapped("code")
        }

    def test_file_fills_attributes_in_their_own_types(self):
        run = self._load(
            "id,name,born,number,plays,styles,vegan,pieces\n"
            "1,Eva,1984-05-06,845506/1234,violin,Jazz; folk,yes,3\n"
            "2,Adam,,,,,,\n"
        )
        self.assertEqual((run.state, run.error_count), ("done", 0), run.problems)
        self.assertEqual(
            self._profile("1"),
            {
                "birth_date": ["05/06/1984"],
                "personal_number": ["845506/1234"],
                "t_instrument": ["Violin"],
                "t_styles": ["Folk", "Jazz"],
                "t_vegan": ["Yes"],
                "t_pieces": ["3"],
            },
        )
        self.assertEqual(self._profile("2"), {})
        rows = self.env["crm.attribute.value"].search(
            [("source_id.code", "=", "T-LIST")]
        )
        self.assertEqual(set(rows.mapped("certainty")), {70})

    def test_same_file_again_changes_nothing_and_a_correction_stays(self):
        head = "id,name,born,number,plays,styles,vegan,pieces\n"
        text = head + "1,Eva,1984-05-06,,violin,,,\n"
        self._load(text)
        record = self.env["crm.source.record"].search(
            [("source_id.code", "=", "T-LIST")]
        )
        self.say(record.partner_id, self.instrument, self.cello.id)
        run = self._load(text)
        self.assertEqual(run.customer_unchanged, 1)
        self._load(text.replace("Eva", "Eva B."))  # another column is news
        self.assertEqual(self._profile("1")["t_instrument"], ["Cello"])

    def test_wrong_cells_are_reported_with_their_column(self):
        run = self._load(
            "id,name,born,number,plays,styles,vegan,pieces\n"
            "1,Eva,6.5.1984,,trumpet,Jazz|Polka,perhaps,many\n"
        )
        self.assertEqual(run.error_count, 1)
        for word in ("born", "plays", "styles", "vegan", "pieces"):
            self.assertIn(word, run.problems)

    def test_archived_attribute_is_told_by_name(self):
        head = "id,name,born,number,plays,styles,vegan,pieces\n"
        self._load(head + "1,Eva,,,,,,\n")
        self.vegan.active = False
        run = self._load(head + "1,Eva,,,,,yes,\n")
        self.assertEqual(run.state, "failed")
        self.assertIn("t_vegan", run.error)
