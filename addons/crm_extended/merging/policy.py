"""Declared rules: what does not simply follow the customer, and why.

Everything not named here follows. A row whose unique key the surviving customer has
already stays on the archived one, where an undo finds it.
"""

from .reference import Unique

# Columns that belong to the record itself, merged or not: a match compares two records
# as they were, a golden row is one record's own value, the journal is history.
OWN_TABLES = (
    "base_partner_merge_",
    "crm_merge",
    "crm_match",
    "crm_golden",
    "crm_exchange_",
    "crm_run_progress",
    "crm_policy_effect",  # what was set on one record, and what was in it before
    "crm_policy_change",
    "crm_policy_launch",
    "crm_quality_",  # what is wrong with one record; the score is computed anew
    "auditlog_",
    "crm_segment_member",  # united as a history, see `history.py`
)
# computed from parent and kind
OWN_COLUMNS = {("res_partner", "commercial_partner_id")}

# Accounting knows debtors: the commercial entity of whoever was invoiced.
DEBTOR_COLUMNS = {
    ("account_move", "commercial_partner_id"),
    ("account_move_line", "partner_id"),
    ("helpdesk_ticket", "commercial_partner_id"),
}
# Column that leads to the journal entry; an entry that must not change holds them all.
ENTRY_COLUMNS = {
    "account_move": "id",
    "account_move_line": "move_id",
    "account_payment": "move_id",
    "account_bank_statement_line": "move_id",
}
# Keys that no index guards but a second row would be wrong for a person to see.
EXTRA_UNIQUES = {
    # a picture of the archived customer must not hide behind that of the other
    "ir_attachment": Unique(
        ("res_model", "res_id", "res_field"), "res_field IS NOT NULL"
    ),
    # both worked for the same company: the customer does so once
    "res_partner_relation": Unique(
        ("type_id", "left_partner_id", "right_partner_id", "date_start", "date_end"),
        nulls_equal=True,
    ),
}
EXTRA_CHECKS = {
    # nobody is related to himself
    "res_partner_relation": ("left_partner_id <> right_partner_id",),
}
# (table, column, SQL condition on the row `t`): pairs that the ORM does not declare
EXTRA_PAIRS = (
    ("rating_rating", "parent_res_id", "t.parent_res_model = 'res.partner'"),
    (
        "mail_alias",
        "alias_force_thread_id",
        "t.alias_model_id IN (SELECT id FROM ir_model WHERE model = 'res.partner')",
    ),
    (
        "mail_alias",
        "alias_parent_thread_id",
        "t.alias_parent_model_id IN "
        "(SELECT id FROM ir_model WHERE model = 'res.partner')",
    ),
)


def is_own(table: str, column: str) -> bool:
    """Whether what the column says stays with the record when it is merged.

    >>> is_own("crm_merge_source", "partner_id"), is_own("sale_order", "partner_id")
    (True, False)
    """
    return table.startswith(OWN_TABLES) or (table, column) in OWN_COLUMNS
