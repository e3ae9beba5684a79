import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const QUIET_MS = 5000;

/** Tells an agent, at most every few seconds, that something new waits in his queues. */
export const waitingNoticeService = {
    dependencies: ["bus_service", "notification", "action"],
    start(env, { bus_service: bus, notification, action }) {
        let quietUntil = 0;
        bus.subscribe("crm_work_item/changed", ({ waiting, is_new }) => {
            if (!is_new || !waiting || Date.now() < quietUntil) {
                return;
            }
            quietUntil = Date.now() + QUIET_MS;
            notification.add(_t("A customer waits in one of your queues."), {
                type: "info",
                buttons: [
                    {
                        name: _t("Show Queues"),
                        onClick: () =>
                            action.doAction("crm_contact_center.action_queue"),
                    },
                ],
            });
        });
        bus.start();
    },
};

registry.category("services").add("crm_waiting_notice", waitingNoticeService);
