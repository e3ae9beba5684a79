"""What guards a reference, and the statements that follow from it."""

import doctest

import pytest
from merging import catalog, ledger, policy, statements
from merging.reference import Reference, Table, Unique

FOLLOWERS = Table(
    "mail_followers",
    ("id", "res_model", "res_id", "partner_id"),
    uniques=(Unique(("res_model", "res_id", "partner_id")), Unique(("id",))),
)
TAGS = Table(
    "tags_rel",
    ("partner_id", "category_id"),
    key="partner_id,category_id",
    uniques=(Unique(("partner_id", "category_id")),),
)


@pytest.mark.parametrize("module", [catalog, policy])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_only_keys_that_hold_the_column_guard_it():
    uniques, checks = statements.guards(Reference(FOLLOWERS, "partner_id"))
    assert [unique.keys[-1] for unique in uniques] == ["partner_id"]
    assert not checks


def test_a_predicate_that_reads_the_column_guards_it_too():
    unique = Unique(("code",), "(partner_id IS NOT NULL)")
    table = Table("x", ("id", "code", "partner_id"), uniques=(unique,))
    assert statements.guards(Reference(table, "partner_id"))[0] == [unique]


def test_a_check_that_reads_the_column_guards_it():
    table = Table("x", ("id", "a_id", "b_id"), checks=("(a_id < b_id)", "(id > 0)"))
    assert statements.guards(Reference(table, "a_id"))[1] == ["(a_id < b_id)"]


def test_rows_of_a_relation_are_told_apart_by_the_other_side():
    assert catalog.row_key(TAGS, "partner_id") == "category_id"
    assert catalog.row_key(FOLLOWERS, "partner_id") == "id"
    wide = Table("w", ("a", "b", "c"), key="a,b,c")
    assert not statements.keyed_by_row(Reference(wide, "a"))


def test_one_statement_moves_judges_and_journals():
    sql = statements.move(Reference(FOLLOWERS, "partner_id"))
    assert sql.count("UPDATE") == 1
    assert sql.count("INSERT INTO crm_merge_move") == 1
    assert "DELETE" not in sql
    assert "row_number() OVER" in sql


def test_an_unguarded_reference_is_not_judged():
    sql = statements.move(Reference(Table("x", ("id", "partner_id")), "partner_id"))
    assert "EXISTS" not in sql
    assert "NULL::varchar AS _reason" in sql


def test_nulls_meet_only_where_the_key_says_so():
    def moved(nulls_equal):
        unique = Unique(("partner_id", "company_id"), "", nulls_equal)
        table = Table("x", ("id", "partner_id", "company_id"), uniques=(unique,))
        return statements.move(Reference(table, "partner_id"))

    assert "IS NOT DISTINCT FROM v._u0_1" in moved(True)
    assert "v._u0_1 IS NOT NULL" in moved(False)


def test_names_and_texts_are_quoted():
    assert statements.quoted('a"b') == '"a""b"'
    assert statements.text("a'b") == "'a''b'"
    table = Table("x", ("id", "ref"))
    sql = statements.move(Reference(table, "ref", "text", prefix="res.partner,"))
    assert "('res.partner,' || m.source_id)" in sql


def test_a_debtor_gets_the_commercial_entity():
    table = Table("x", ("id", "partner_id"))
    sql = statements.move(Reference(table, "partner_id", value="debtor_id"))
    assert "m.debtor_id AS _new" in sql


def test_an_undo_looks_before_it_moves():
    judged = statements.judge_return(Reference(FOLLOWERS, "partner_id"))
    assert "'gone'" in judged and "'moved'" in judged and "'clash'" in judged
    assert "UPDATE" not in judged


def test_values_that_a_company_decides_are_given_to_its_contacts():
    sql = ledger.sync_commercial(["vat"])
    assert 'coalesce(e."vat", p."vat")' in sql
