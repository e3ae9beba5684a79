import {Component, onMounted, onWillUnmount, useRef, useState} from "@odoo/owl";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {formatInteger} from "@web/views/fields/formatters";
import {layoutSankey, NODE_WIDTH} from "./sankey_layout";

const COLUMN = 150; // pixels a step needs, names included
const TOP = 26; // for the day above its nodes
const LETTER = 7; // pixels, about

/** Ribbons between the segments of two or more days, as thick as customers moved. */
export class SankeyChart extends Component {
    static template = "crm_extended.SankeyChart";
    static props = {data: Object, open: Function};

    setup() {
        this.root = useRef("root");
        this.top = TOP;
        this.nodeWidth = NODE_WIDTH;
        this.state = useState({width: 0, over: ""});
        this.observer = new ResizeObserver(() => this.measure());
        onMounted(() => {
            this.observer.observe(this.root.el);
            this.measure();
        });
        onWillUnmount(() => this.observer.disconnect());
    }

    measure() {
        const width = this.root.el?.clientWidth || 0;
        if (Math.abs(width - this.state.width) > 4) {
            this.state.width = width;
        }
    }

    get drawing() {
        const {data} = this.props;
        const columns = data.days.length;
        const width = Math.max(this.state.width, COLUMN * (columns - 1) + 180);
        const isNarrow = this.state.width < 600;
        const margin = isNarrow ? 4 : Math.min(180, width / 6);
        const height = Math.max(260, 46 * (data.segments.length + 1));
        const {nodes, ribbons} = layoutSankey(data, width, height, margin);
        const segments = new Map(data.segments.map((segment) => [segment.id, segment]));
        const room = isNarrow ? (width / columns) * 0.8 : margin - 10;
        return {
            width,
            height: height + TOP + 8,
            days: data.days.map((day, column) => ({
                key: day,
                text: formatDate(deserializeDate(day)),
                ...this.getDayPlace(column, columns, width, margin),
            })),
            nodes: nodes.map((node) => this.drawNode(node, segments, isNarrow, room, columns)),
            ribbons: ribbons.map((ribbon) => this.drawRibbon(ribbon, segments)),
        };
    }

    getDayPlace(column, columns, width, margin) {
        const step = (width - 2 * margin - NODE_WIDTH) / (columns - 1);
        const x = margin + column * step;
        if (!column) {
            return {x, anchor: "start"};
        }
        return column === columns - 1
            ? {x: x + NODE_WIDTH, anchor: "end"}
            : {x: x + NODE_WIDTH / 2, anchor: "middle"};
    }

    /** Names stand outside of the outer columns where there is room, else beside. */
    drawNode(node, segments, isNarrow, room, columns) {
        const name = this.getName(node.id, segments);
        const isLast = node.column === columns - 1;
        const isOutside = !isNarrow && (isLast || node.column === 0);
        const isLeft = isNarrow ? isLast : node.column === 0;
        const text = `${name} ${formatInteger(node.size)}`;
        const letters = Math.floor((isOutside || isNarrow ? room : 140) / LETTER);
        return {
            ...node,
            key: `${node.column}-${node.id}`,
            color: segments.get(node.id)?.color ?? "none",
            title: text,
            text: text.length > letters ? `${name.slice(0, Math.max(4, letters - 6))}… ${formatInteger(node.size)}` : text,
            labelX: isLeft ? node.x - 5 : node.x + NODE_WIDTH + 5,
            anchor: isLeft ? "end" : "start",
        };
    }

    drawRibbon(ribbon, segments) {
        const {days} = this.props.data;
        return {
            ...ribbon,
            key: `${ribbon.step}-${ribbon.before}-${ribbon.after}`,
            since: days[ribbon.step],
            until: days[ribbon.step + 1],
            color: segments.get(ribbon.before || ribbon.after)?.color ?? "none",
            label: _t("%(count)s customers: %(before)s → %(after)s", {
                count: formatInteger(ribbon.count),
                before: this.getName(ribbon.before, segments),
                after: this.getName(ribbon.after, segments),
            }),
        };
    }

    getName(id, segments) {
        return segments.get(id)?.name || _t("Elsewhere");
    }

    onKeydown(ev, ribbon) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            this.props.open(ribbon);
        }
    }
}
