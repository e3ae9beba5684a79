import shutil

from odoo.addons.crm_extended.hooks import forget_models

from .models.crm_warehouse import PARAMETERS


def uninstall_hook(env):
    """Nothing stays behind: neither snapshots on the disk nor settings."""
    root = env["crm.warehouse"]._store().root
    env.cr.postcommit.add(lambda: shutil.rmtree(root, ignore_errors=True))
    parameters = env["ir.config_parameter"].search([("key", "in", list(PARAMETERS))])
    parameters.unlink()
    env["crm.exchange.change"]._forget_entity("score")
    forget_models(env, "crm_analytics")
