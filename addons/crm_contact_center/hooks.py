from odoo.addons.crm_extended.hooks import forget_models


def uninstall_hook(env):
    """Queues go with their addresses; the customers keep their interactions.

    References between our records would stop Odoo from deleting them one by one, and a
    later installation must not find old interactions pointing at its new items.
    """
    env.flush_all()
    env["crm.exchange.change"]._forget_entity("case")
    env["crm.interaction"]._remove_capture(
        (
            "crm_phonecall",
            "helpdesk_ticket",
            "discuss_channel",
            "discuss_channel_member",
        )
    )
    env.cr.execute(
        "UPDATE crm_interaction SET res_model = NULL, res_id = NULL "
        "WHERE res_model = 'crm.work.item'"
    )
    env.cr.execute("UPDATE res_company SET contact_queue_id = NULL")
    env.cr.execute("DELETE FROM crm_work_item")
    env.invalidate_all(flush=False)
    queues = env["crm.queue"].with_context(active_test=False).search([])
    queues.unlink()
    forget_models(env, "crm_contact_center")
