import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatInteger} from "@web/views/fields/formatters";

// Circles of one size, so that every combination has its room, empty or not.
const TWO = {
    circles: [
        {x: 150, y: 150, labelX: 75, labelY: 30, anchor: "middle"},
        {x: 270, y: 150, labelX: 345, labelY: 30, anchor: "middle"},
    ],
    rooms: {1: [95, 155], 2: [325, 155], 3: [210, 155]},
};
const THREE = {
    circles: [
        {x: 155, y: 145, labelX: 75, labelY: 22, anchor: "middle"},
        {x: 265, y: 145, labelX: 345, labelY: 22, anchor: "middle"},
        {x: 210, y: 240, labelX: 210, labelY: 365, anchor: "middle"},
    ],
    rooms: {
        1: [105, 125],
        2: [315, 125],
        3: [210, 110],
        4: [210, 300],
        5: [150, 220],
        6: [270, 220],
        7: [210, 180],
    },
};
const RADIUS = 105;
const LONGEST = 24; // letters of a name that fit above a circle

/** Two or three segments as circles; each room opens its customers. */
export class VennChart extends Component {
    static template = "crm_extended.VennChart";
    static props = {data: Object, open: Function};

    setup() {
        this.radius = RADIUS;
    }

    get layout() {
        return this.props.data.segments.length === 2 ? TWO : THREE;
    }

    get circles() {
        return this.props.data.segments.map((segment, i) => ({
            ...segment,
            ...this.layout.circles[i],
            short:
                segment.name.length > LONGEST
                    ? `${segment.name.slice(0, LONGEST - 1)}…`
                    : segment.name,
        }));
    }

    get rooms() {
        const {segments, combinations} = this.props.data;
        return Object.entries(this.layout.rooms).map(([mask, [x, y]]) => {
            const inside = segments.filter((_segment, i) => (mask >> i) & 1);
            const ids = inside.map((segment) => segment.id);
            const found = combinations.find(
                (one) => one.ids.length === ids.length && ids.every((id) => one.ids.includes(id))
            );
            const count = formatInteger(found?.count || 0);
            return {
                mask,
                x,
                y,
                ids,
                count,
                label: _t("%(count)s customers only in %(names)s", {
                    count,
                    names: inside.map((segment) => segment.name).join(", "),
                }),
            };
        });
    }

    onKeydown(ev, room) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            this.props.open(room.ids, true);
        }
    }
}
