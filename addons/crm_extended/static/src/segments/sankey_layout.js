/**
 * Where the nodes and ribbons of a Sankey picture stand. No drawing is done here.
 *
 * Nodes of a day stand below each other in the order of segments, "elsewhere" last;
 * their height is the number of customers. Ribbons leave and reach a node in the order
 * of the nodes at their other end, so that they cross as little as may be.
 */

const GAP = 14; // pixels between nodes
const LEAST = 1.5; // pixels of the thinnest ribbon

export const NODE_WIDTH = 14;

function getOrder(data) {
    return [...data.segments.map((segment) => segment.id), false];
}

/** Customers of each node: the more of who came to it and who went on from it. */
function getSizes(data, order) {
    return data.days.map((_day, column) => {
        const sizes = new Map();
        for (const id of order) {
            const count = (rows, end) =>
                (rows || [])
                    .filter((row) => row[end] === id)
                    .reduce((sum, row) => sum + row.count, 0);
            const size = Math.max(
                count(data.flows[column - 1], "after"),
                count(data.flows[column], "before")
            );
            if (size) {
                sizes.set(id, size);
            }
        }
        return sizes;
    });
}

export function layoutSankey(data, width, height, margin) {
    const order = getOrder(data);
    const sizes = getSizes(data, order);
    const totals = sizes.map((column) => [...column.values()].reduce((a, b) => a + b, 0));
    const most = Math.max(...sizes.map((column) => column.size));
    const scale = (height - GAP * Math.max(0, most - 1)) / Math.max(1, ...totals);
    const step = (width - 2 * margin - NODE_WIDTH) / (data.days.length - 1);
    const nodes = sizes.map((column, place) => {
        const placed = new Map();
        let y = 0;
        for (const [id, size] of column) {
            const node = {id, size, x: margin + place * step, y, height: size * scale};
            placed.set(id, {...node, column: place, out: y, into: y});
            y += node.height + GAP;
        }
        return placed;
    });
    const rank = (id) => order.indexOf(id);
    const ribbons = data.flows.flatMap((rows, place) =>
        [...rows]
            .sort((a, b) => rank(a.before) - rank(b.before) || rank(a.after) - rank(b.after))
            .map((row) => {
                const from = nodes[place].get(row.before);
                const to = nodes[place + 1].get(row.after);
                const thick = row.count * scale;
                const ribbon = drawRibbon(from, to, thick);
                from.out += thick;
                to.into += thick;
                return {...row, ...ribbon, step: place};
            })
    );
    return {nodes: nodes.flatMap((column) => [...column.values()]), ribbons};
}

function drawRibbon(from, to, thick) {
    const x0 = from.x + NODE_WIDTH;
    const x1 = to.x;
    const y0 = from.out + thick / 2;
    const y1 = to.into + thick / 2;
    const middle = (x0 + x1) / 2;
    const path = `M${x0},${y0.toFixed(1)} C${middle},${y0.toFixed(1)} ${middle},${y1.toFixed(1)} ${x1},${y1.toFixed(1)}`;
    return {path, thick: Math.max(LEAST, thick)};
}
