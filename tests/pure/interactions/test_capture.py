import doctest

from interactions import adapter, capture
from interactions.adapter import Adapter, Watch
from interactions.projection import BY_IDS, statement

ORDER = Watch("sale_order", ("state",), relevant="{row}.state = 'sale'")
PAIRS = Watch("event_partner_rel", origin="{row}.event_id", keyed=False)


def test_docstrings_hold():
    assert doctest.testmod(adapter).failed == 0


def test_only_relevant_rows_of_changed_columns_are_noted():
    function = capture.install("sale_order", [("sale.order", ORDER)])[0]
    assert 'n."state"' in function
    assert "(n.state = 'sale') OR (o.state = 'sale')" in function


def test_a_table_of_pairs_is_compared_without_an_id():
    function = capture.install("event_partner_rel", [("event", PAIRS)])[0]
    assert "n.event_id AS origin FROM new_rows n" in function
    assert "o.id = n.id" not in function


def test_an_event_nobody_watches_has_no_trigger():
    mail = Watch("mail_message", ("subject",), events=("update",))
    statements = capture.install("mail_message", [("mail.message", mail)])
    assert any("DROP TRIGGER" in s and "_insert" in s for s in statements)
    assert sum("CREATE OR REPLACE TRIGGER" in s for s in statements) == 1


def test_merged_customers_stand_for_their_former_records_where_the_base_keeps_them():
    order = Adapter("o", "sale.order", "sale_order", "'order'", "d.p", "d.x", (ORDER,))
    assert "merged_into_id" in statement(order, BY_IDS, merging=True)
    assert "merged_into_id" not in statement(order, BY_IDS)


def test_what_the_system_clears_away_itself_stays_on_record():
    common = ("k", "sms.sms", "sms_sms", "'sms'", "d.p", "d.x", ())
    assert "EXISTS (SELECT FROM sms_sms" in statement(
        Adapter(*common, outlives=True), BY_IDS
    )
    assert "EXISTS (SELECT FROM sms_sms" not in statement(Adapter(*common), BY_IDS)
