import { onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { debounce } from "@web/core/utils/timing";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

const CHANGED = "crm_work_item/changed";
// A burst of mail is one reload, and many desktops do not ask in the same moment
const QUIET_MS = 300 + Math.random() * 700;

/** Call `reload` when a queue of the user changed; the signal itself carries no data. */
function useQueueSignal(reload) {
    const bus = useService("bus_service");
    const calm = debounce(reload, QUIET_MS);
    const onChange = () => calm();
    bus.subscribe(CHANGED, onChange);
    onWillUnmount(() => {
        calm.cancel();
        bus.unsubscribe(CHANGED, onChange);
    });
}

export class LiveKanbanController extends KanbanController {
    setup() {
        super.setup(...arguments);
        useQueueSignal(() => this.model.load());
    }
}

export class LiveListController extends ListController {
    setup() {
        super.setup(...arguments);
        useQueueSignal(() => {
            // Never under the hands of someone who is editing or selecting
            if (!this.model.root.editedRecord && !this.model.root.selection?.length) {
                this.model.load();
            }
        });
    }
}

export class LiveFormController extends FormController {
    setup() {
        super.setup(...arguments);
        useQueueSignal(async () => {
            const record = this.model.root;
            if (record.resId && !(await record.isDirty())) {
                await record.load();
            }
        });
    }
}

registry.category("views").add("crm_live_kanban", {
    ...kanbanView,
    Controller: LiveKanbanController,
});
registry.category("views").add("crm_live_list", {
    ...listView,
    Controller: LiveListController,
});
registry.category("views").add("crm_live_form", {
    ...formView,
    Controller: LiveFormController,
});
