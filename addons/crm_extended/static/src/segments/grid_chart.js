import {Component, useExternalListener, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";

const FIFTHS = [1, 2, 3, 4, 5];
const STEPS = {ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};

const sameCell = (one, other) => one[0] === other[0] && one[1] === other[1];

/** Cells from one corner to the other, in either direction. */
export function getRectangle(from, to) {
    const between = (a, b) => FIFTHS.filter((n) => n >= Math.min(a, b) && n <= Math.max(a, b));
    return between(from[0], to[0]).flatMap((row) =>
        between(from[1], to[1]).map((column) => [row, column])
    );
}

/** Picks the cells, or takes them off when all of them were picked. */
export function toggleCells(picked, cells) {
    const isPicked = (cell) => picked.some((one) => sameCell(one, cell));
    const others = picked.filter((one) => !cells.some((cell) => sameCell(one, cell)));
    const result = cells.every(isPicked) ? others : [...others, ...cells];
    return result.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/**
 * A heat map of two scores in fifths, the best at the top right, to pick cells from.
 *
 * A click picks a cell, a drag or Shift and the arrow keys a rectangle of them, the
 * space bar what has the focus; the number of a row or a column picks all of it.
 */
export class GridChart extends Component {
    static template = "crm_extended.GridChart";
    static props = {
        data: Object,
        picked: Array,
        pick: Function,
        measure: {type: String, optional: true},
        readonly: {type: Boolean, optional: true},
    };
    static defaultProps = {measure: "count", readonly: false};

    setup() {
        this.root = useRef("root");
        this.columns = FIFTHS;
        this.state = useState({focus: [5, 5], from: null, to: null});
        useExternalListener(window, "pointerup", () => this.endDrag());
        // a finger that moves up or down scrolls the page and picks nothing
        useExternalListener(window, "pointercancel", () =>
            Object.assign(this.state, {from: null, to: null})
        );
    }

    getName(id) {
        return this.props.data.scores.find((score) => score.id === id)?.name || "";
    }

    get rowName() {
        return this.getName(this.props.data.row);
    }

    get columnName() {
        return this.getName(this.props.data.column);
    }

    get rows() {
        const {data, measure, picked} = this.props;
        const known = new Map(data.cells.map((cell) => [cell.row * 10 + cell.column, cell]));
        const most = Math.max(1e-9, ...data.cells.map((cell) => cell[measure]));
        const marked = this.state.from ? getRectangle(this.state.from, this.state.to) : [];
        return [...FIFTHS].reverse().map((row) => ({
            row,
            cells: FIFTHS.map((column) => {
                const place = [row, column];
                const cell = known.get(row * 10 + column) || {count: 0, value: 0};
                return {
                    place,
                    key: row * 10 + column,
                    count: formatInteger(cell.count),
                    value: this.formatValue(cell.value),
                    shade: Math.sqrt(Math.max(0, cell[measure]) / most),
                    isPicked: picked.some((one) => sameCell(one, place)),
                    isMarked: marked.some((one) => sameCell(one, place)),
                    hasFocus: sameCell(this.state.focus, place),
                    label: _t(
                        "%(row)s %(y)s, %(column)s %(x)s: %(count)s customers, worth %(value)s",
                        {
                            row: this.rowName,
                            y: row,
                            column: this.columnName,
                            x: column,
                            count: formatInteger(cell.count),
                            value: this.formatValue(cell.value),
                        }
                    ),
                };
            }),
        }));
    }

    formatValue(value) {
        return formatFloat(value, {humanReadable: value >= 10000, digits: [16, 0], decimals: 1});
    }

    toggle(cells) {
        if (!this.props.readonly) {
            this.props.pick(toggleCells(this.props.picked, cells));
        }
    }

    toggleRow(row) {
        this.toggle(FIFTHS.map((column) => [row, column]));
    }

    toggleColumn(column) {
        this.toggle(FIFTHS.map((row) => [row, column]));
    }

    // ------------------------------------------------------------------ pointer

    startDrag(ev, place) {
        if (ev.button || this.props.readonly) {
            return;
        }
        // a finger keeps the cell it began on, unless it lets go of it
        ev.target.releasePointerCapture?.(ev.pointerId);
        Object.assign(this.state, {from: place, to: place, focus: place});
    }

    drag(ev) {
        if (!this.state.from) {
            return;
        }
        const cell = document
            .elementFromPoint(ev.clientX, ev.clientY)
            ?.closest(".o_grid_cell[data-row]");
        if (cell && this.root.el.contains(cell)) {
            this.state.to = [Number(cell.dataset.row), Number(cell.dataset.column)];
        }
    }

    endDrag() {
        const {from, to} = this.state;
        if (from) {
            Object.assign(this.state, {from: null, to: null});
            this.toggle(getRectangle(from, to));
        }
    }

    // ------------------------------------------------------------------ keyboard

    onKeydown(ev, place) {
        if (ev.key === " " || ev.key === "Enter") {
            ev.preventDefault();
            this.toggle([place]);
            return;
        }
        const step = STEPS[ev.key];
        if (!step) {
            return;
        }
        ev.preventDefault();
        const next = [place[0] + step[0], place[1] + step[1]];
        if (!next.every((n) => FIFTHS.includes(n))) {
            return;
        }
        const isPicked = this.props.picked.some((one) => sameCell(one, next));
        if (ev.shiftKey && !isPicked) {
            this.toggle([next]);
        }
        this.state.focus = next;
        this.root.el
            .querySelector(`[data-row="${next[0]}"][data-column="${next[1]}"]`)
            .focus();
    }
}
