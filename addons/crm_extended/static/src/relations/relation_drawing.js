import {Component, onMounted, onPatched, onWillUnmount, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {
    findNeighbour,
    layoutNarrow,
    layoutWide,
    NODE_HEIGHT,
    SMALLEST_SCALE,
} from "./relation_layout";

/**
 * The customer in the middle and its relations up to two steps away, coloured by kind.
 * A customer is opened by a click or by Enter; arrow keys go from one to the next.
 */
export class RelationDrawing extends Component {
    static template = "crm_extended.RelationDrawing";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("root");
        this.frame = useRef("frame");
        this.height = NODE_HEIGHT;
        this.state = useState({data: null, failed: false, past: false, width: 0});
        useRecordObserver((record) => this.follow(record));
        this.observer = new ResizeObserver(() => this.measure());
        onMounted(() => {
            this.observer.observe(this.root.el);
            this.measure();
        });
        onPatched(() => this.centre());
        onWillUnmount(() => this.observer.disconnect());
    }

    /** Draw again when another customer is shown or its relations were saved. */
    follow(record) {
        const rows = record.data.crm_relation_ids?.records || [];
        const saved = rows.filter((row) => row.resId);
        const dates = saved.map((row) => [row.resId, row.data.date_start, row.data.date_end]);
        const key = JSON.stringify([record.resId, dates]);
        if (record.resId && key !== this.key && saved.length === rows.length) {
            this.key = key;
            this.load(record.resId);
        }
    }

    async load(customer = this.props.record.resId) {
        const request = (this.request = Symbol("request"));
        try {
            const data = await this.orm
                .silent.call("crm.relation", "read_drawing", [customer, this.state.past]);
            if (request === this.request) {
                this.centred = false;
                Object.assign(this.state, {data, failed: false});
            }
        } catch {
            if (request === this.request) {
                this.state.failed = true;
            }
        }
    }

    togglePast() {
        this.state.past = !this.state.past;
        this.load();
    }

    measure() {
        const width = this.root.el?.clientWidth || 0;
        if (Math.abs(width - this.state.width) > 4) {
            this.state.width = width;
        }
    }

    /** A high drawing begins with the customer in its middle. */
    centre() {
        const frame = this.frame.el;
        if (frame && !this.centred) {
            this.centred = true;
            frame.scrollTop = this.isNarrow
                ? 0
                : (frame.scrollHeight - frame.clientHeight) / 2;
        }
    }

    get isEmpty() {
        return this.state.data && this.state.data.nodes.length < 2;
    }

    get drawing() {
        const {data, width} = this.state;
        if (this.drawn?.data !== data || this.drawn?.width !== width) {
            const wide = layoutWide(data);
            this.isNarrow = width / wide.width < SMALLEST_SCALE;
            const layout = this.isNarrow ? layoutNarrow(data, Math.max(width, 240)) : wide;
            const scale = this.isNarrow ? 1 : Math.min(1, width / layout.width);
            this.drawn = {data, width, layout: {...layout, scale}};
        }
        return this.drawn.layout;
    }

    getColor(node) {
        const kind = this.state.data.kinds.find((k) => k.id === node.kind);
        return kind ? kind.color : 0;
    }

    getTitle(node) {
        const kind = this.state.data.kinds.find((k) => k.id === node.kind);
        const role = node.link ? `${node.parent.name} ${node.link.role} ${node.name}` : node.name;
        const words = [role];
        if (kind) {
            words.push(kind.name);
        }
        if (node.link && !node.link.current) {
            words.push(_t("does not hold today"));
        }
        if (node.left) {
            words.push(_t("%s more relations, open to see them", node.left));
        }
        return words.join(" · ");
    }

    getAddress(node) {
        return `/odoo/res.partner/${node.id}`;
    }

    open(ev, node) {
        if (ev.ctrlKey || ev.metaKey) {
            return; // the browser opens a tab
        }
        ev.preventDefault();
        if (node.step) {
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "res.partner",
                res_id: node.id,
                views: [[false, "form"]],
            });
        }
    }

    onKeydown(ev, node) {
        if (!ev.key.startsWith("Arrow")) {
            return;
        }
        ev.preventDefault();
        const next = findNeighbour(this.drawing.nodes, node, ev.key);
        if (next) {
            this.frame.el.querySelector(`[data-id="${next.id}"]`).focus();
        }
    }
}

registry.category("view_widgets").add("relation_drawing", {
    component: RelationDrawing,
});
