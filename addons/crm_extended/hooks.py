"""What the suite put beside its own tables and takes away again."""

import psycopg2

from odoo.exceptions import UserError
from odoo.tools import SQL, drop_view_if_exists, mute_logger
from odoo.tools.sql import table_exists

from .models.programmes.loyalty_program import SECRET as CONTROL_GROUP_KEY

# Tables of others that name a model in words, hence no foreign key empties them.
NAMED_MODELS = (
    ("queue_job", "model_name"),
    ("crm_run_progress", "res_model"),
    ("ir_filters", "model_id"),
    ("ir_exports", "resource"),
)


def uninstall_hook(env):
    _remove_exchange_logins(env)
    env["crm.exchange.change"]._remove_triggers()
    env["crm.exchange.audit"]._remove_keeper()
    env["crm.exchange.usage"]._remove_meter()
    env["loyalty.program"]._remove_budget()
    env["crm.loyalty.entry"]._remove_ledger()
    env["crm.loyalty.badge.award"]._remove_guard()
    env["crm.match.key"]._remove_triggers()
    env["crm.interaction"]._remove_capture()
    env["crm.segment.news"]._remove_triggers()
    _remove_imported(env)
    _remove_consents(env)
    _remove_periods(env)
    _remove_views(env)
    env["ir.config_parameter"].search([("key", "=", CONTROL_GROUP_KEY)]).unlink()
    forget_models(env, "crm_extended")
    _let_go(env, "crm_extended")
    _remove_demo_cards(env)


def _find_leaving(env, module):
    """Names of the models that leave with `module`."""
    env.cr.execute(
        """
        SELECT m.model FROM ir_model m
          JOIN ir_model_data d ON d.model = 'ir.model' AND d.res_id = m.id
          LEFT JOIN ir_module_module a ON a.name = d.module
         GROUP BY m.model HAVING bool_and(d.module = %s OR a.state = 'to remove')
        """,
        [module],
    )
    return [name for (name,) in env.cr.fetchall()]


def _let_go(env, module):
    """Tables that leave hold on to no record any more, as those of the demo data.

    Odoo deletes the addon's records before its tables: a programme that a row of ours
    names would be refused and stay for ever.
    """
    tables = [
        env[name]._table
        for name in _find_leaving(env, module)
        if name in env and env[name]._auto and not env[name]._abstract
    ]
    env.cr.execute(
        """
        SELECT conrelid::regclass::text, conname FROM pg_constraint
         WHERE contype = 'f' AND confdeltype IN ('a', 'r')
           AND conrelid IN (SELECT to_regclass(n) FROM unnest(%s) AS n)
        """,
        [tables],
    )
    for table, name in env.cr.fetchall():
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                SQL.identifier(table.strip('"')),
                SQL.identifier(name),
            )
        )


def forget_models(env, module):
    """Nothing names a model that leaves with `module`: no job, favourite or progress.

    A pending job of a model that is gone is an error in the log for ever.
    """
    env.flush_all()
    names = _find_leaving(env, module)
    for table, column in NAMED_MODELS:
        if names and table_exists(env.cr, table):
            env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE %s = ANY(%s)",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    names,
                )
            )
    env.invalidate_all(flush=False)
    env.registry.clear_cache()


def _remove_consents(env):
    """The log refuses to be emptied, by a trigger that nobody else would remove."""
    env.cr.execute("DROP FUNCTION IF EXISTS crm_consent_keep() CASCADE")
    env.cr.execute("DELETE FROM crm_consent")
    env.cr.execute("UPDATE mailing_mailing SET purpose_id = NULL")
    env.invalidate_all()


def _remove_periods(env):
    """What was booked for points stays; what it was found from goes.

    Accounts of the addon are of its demo data, and the entries on them go before them.
    """
    env.cr.execute("DELETE FROM crm_loyalty_period")
    env.invalidate_all()
    accounts = env["ir.model.data"].search(
        [("module", "=", "crm_extended"), ("model", "=", "account.account")]
    )
    lines = env["account.move.line"].search(
        [("account_id", "in", accounts.mapped("res_id"))]
    )
    lines.move_id.button_draft()
    lines.move_id.with_context(force_delete=True).unlink()


def _remove_demo_cards(env):
    """Cards that members of the demo's programmes were given hold their programmes.

    By SQL, as rows of ours that name them are still there; Odoo deletes those cards
    that the demo data name themselves.
    """
    env.cr.execute(
        """
        DELETE FROM loyalty_card c USING ir_model_data d
         WHERE d.module = 'crm_extended' AND d.model = 'loyalty.program'
           AND d.res_id = c.program_id
           AND NOT EXISTS (SELECT FROM ir_model_data own
                            WHERE own.model = 'loyalty.card' AND own.res_id = c.id)
        """
    )
    env.invalidate_all(flush=False)


def _remove_views(env):
    """What was built on the tables of other addons, which stay."""
    for column in ("left_partner_id", "right_partner_id", "type_id"):
        env.cr.execute(f"DROP INDEX IF EXISTS res_partner_relation__{column}_index")
    for view in ("crm_partner_role", "crm_partner_kind"):
        drop_view_if_exists(env.cr, view)


def _remove_imported(env):
    """Rows that hold on to sources, branches, mappings and attributes go before them.

    Odoo deletes the records of the addon's own data one by one, and would be refused.
    """
    env["crm.source.query"].with_context(active_test=False).search([]).unlink()
    env["crm.import"].with_context(active_test=False).search([]).unlink()
    for table in ("crm_purchase", "crm_source_record", "crm_attribute_value"):
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    env.invalidate_all()


def _remove_exchange_logins(env):
    """Without the addon nothing would confine these logins any more.

    Their keys go in any case; a login that something still refers to stays archived.
    """
    clients = env["crm.exchange.client"].with_context(active_test=False).search([])
    users = clients.user_id
    partners = users.partner_id
    clients.unlink()
    try:
        with env.cr.savepoint(), mute_logger("odoo.sql_db"):
            users.unlink()
            partners.unlink()
    except (psycopg2.Error, UserError):
        env.invalidate_all()
