import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Says that records were merged, with a way back. */
async function mergeDone(env, action) {
    const { merge_ids: mergeIds, message } = action.params;
    const { action: actions, notification, orm } = env.services;
    const close = notification.add(message, {
        type: "success",
        autocloseDelay: 15000,
        buttons: [
            {
                name: _t("Undo"),
                onClick: async () => {
                    close();
                    const undo = await orm.call("crm.merge", "action_ask_undo", [mergeIds]);
                    await actions.doAction(undo);
                },
            },
            {
                name: _t("Open the merge"),
                onClick: () => {
                    close();
                    actions.doAction({
                        type: "ir.actions.act_window",
                        res_model: "crm.merge",
                        res_id: mergeIds[0],
                        views: [[false, "form"]],
                    });
                },
            },
        ],
    });
    await actions.doAction({ type: "ir.actions.act_window_close" });
    return { type: "ir.actions.client", tag: "soft_reload" };
}

registry.category("actions").add("crm_merge_done", mergeDone);
