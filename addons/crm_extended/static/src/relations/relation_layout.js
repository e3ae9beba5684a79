/**
 * Where each customer of a drawing of relations stands. Pure: no DOM, no Odoo.
 *
 * Wide: the customer in the middle, its relations to the right and to the left, those
 * of the second step beyond them. Narrow: one list below the customer, indented.
 * Lengths are in units of the drawing, one of which is a pixel at full size.
 */
export const NODE_HEIGHT = 26;
const ROW = 34;
const DENSE_ROW = 29;
const DENSE_FROM = 24; // rows on one side from which they stand closer
const WIDTHS = [168, 158, 150]; // of customers in the middle, one and two steps away
const GAPS = [0, 142, 136]; // before the first and the second step, for the role
const MARGIN = 8;
const INDENT = 22;
const SHOWN = 4; // relations of the second step drawn for each customer of the first
const LETTER = 7.2; // width to allow for a letter of a name
const SMALL_LETTER = 5.7; // and of a role
export const SMALLEST_SCALE = 0.72; // below it the wide drawing cannot be read

/** The drawing as a tree: each customer hangs where it was reached first. */
function hang(data) {
    const items = new Map(
        data.nodes.map((node) => [node.id, {...node, children: [], left: 0}])
    );
    const crossing = [];
    for (const link of data.links) {
        const from = items.get(link.from);
        const to = items.get(link.to);
        if (!from || !to) {
            continue;
        }
        if (to.parent || to.step !== from.step + 1) {
            crossing.push({...link, from, to});
        } else if (to.step === 2 && from.children.length >= SHOWN) {
            from.left += 1;
            items.delete(to.id);
        } else {
            to.parent = from;
            to.link = link;
            from.children.push(to);
        }
    }
    const middle = items.get(data.nodes[0].id);
    return {middle, crossing: crossing.filter((c) => items.has(c.to.id))};
}

function shorten(text, width, letter) {
    const letters = Math.floor(width / letter);
    return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}

function leaves(item) {
    return Math.max(1, item.children.length);
}

/** The relations in two halves of about the same height, in their order. */
function halve(children) {
    const total = children.reduce((sum, child) => sum + leaves(child), 0);
    const right = [];
    let rows = 0;
    while (right.length < children.length && rows < total / 2) {
        const child = children[right.length];
        right.push(child);
        rows += leaves(child);
    }
    return [right, children.slice(right.length)];
}

function count(children) {
    return children.reduce((sum, child) => sum + leaves(child), 0);
}

/** A role is written once for customers that follow each other in the same one. */
function isFirstInRole(item) {
    const index = item.parent.children.indexOf(item);
    const before = item.parent.children[index - 1];
    return !before || before.link.role !== item.link.role;
}

export function layoutWide(data) {
    const {middle, crossing} = hang(data);
    const halves = halve(middle.children);
    const rows = Math.max(1, ...halves.map(count));
    const row = rows > DENSE_FROM ? DENSE_ROW : ROW;
    const reach = halves.map((half) =>
        half.length
            ? GAPS[1] + WIDTHS[1] + (half.some((c) => c.children.length) ? GAPS[2] + WIDTHS[2] : 0)
            : 0
    );
    const height = rows * row + 2 * MARGIN;
    Object.assign(middle, {x: reach[1] + MARGIN, y: height / 2, side: 0});
    halves.forEach((half, index) => {
        let top = (height - count(half) * row) / 2;
        half.forEach((item, position) => {
            const sign = index ? -1 : 1;
            item.y = top + (leaves(item) * row) / 2;
            item.children.forEach((child, at) => {
                child.y = top + (at + 0.5) * row;
            });
            top += leaves(item) * row;
            for (const one of [item, ...item.children]) {
                const origin = one.parent;
                one.side = sign;
                one.x =
                    sign > 0
                        ? origin.x + WIDTHS[origin.step] + GAPS[one.step]
                        : origin.x - GAPS[one.step] - WIDTHS[one.step];
                one.speaks = isFirstInRole(one) || (one.step === 1 && !position);
            }
        });
    });
    const width = reach[0] + reach[1] + WIDTHS[0] + 2 * MARGIN;
    return finish(middle, crossing, {width, height, curve: bend});
}

export function layoutNarrow(data, width) {
    const {middle, crossing} = hang(data);
    let y = MARGIN + NODE_HEIGHT / 2;
    const place = (item) => {
        Object.assign(item, {x: MARGIN + item.step * INDENT, y, side: 1, wide: true});
        for (const child of item.children) {
            child.speaks = isFirstInRole(child);
            y += child.speaks ? ROW + 12 : ROW - 2;
            place(child);
        }
    };
    place(middle);
    const size = {width, height: y + NODE_HEIGHT / 2 + MARGIN, curve: step};
    return finish(middle, crossing, size);
}

/** A line out of the side of one customer, calmly bent into the side of the other. */
function bend(from, to) {
    const start = to.side > 0 ? from.x + from.width : from.x;
    const end = to.side > 0 ? to.x : to.x + to.width;
    const half = (start + end) / 2;
    return `M${start},${from.y} C${half},${from.y} ${half},${to.y} ${end},${to.y}`;
}

/** A line down from the customer above and into the indented one. */
function step(from, to) {
    const x = from.x + INDENT / 2;
    return `M${x},${from.y + NODE_HEIGHT / 2} V${to.y} H${to.x}`;
}

function across(from, to) {
    const x = Math.max(from.x + from.width, to.x + to.width);
    const starts = from.x + from.width;
    const ends = to.x + to.width;
    return `M${starts},${from.y} C${x + 34},${from.y} ${x + 34},${to.y} ${ends},${to.y}`;
}

function finish(middle, crossing, {width, height, curve}) {
    const nodes = [middle, ...middle.children.flatMap((item) => [item, ...item.children])];
    for (const node of nodes) {
        node.width = node.wide ? width - node.x - MARGIN : WIDTHS[node.step];
        const letter = node.step ? LETTER : LETTER + 0.8; // the middle is bold
        node.label = shorten(node.name, node.width - (node.left ? 56 : 32), letter);
    }
    const below = nodes.slice(1);
    const links = below.map((node) => ({
        key: `${node.parent.id}-${node.id}`,
        path: curve(node.parent, node),
        current: node.link.current,
    }));
    for (const {from, to, current} of crossing) {
        links.push({
            key: `x${from.id}-${to.id}`,
            path: across(from, to),
            current,
            crossing: true,
        });
    }
    const roles = below
        .filter((node) => node.speaks)
        .map((node) => ({
            key: node.id,
            text: node.wide
                ? node.link.role
                : shorten(node.link.role, GAPS[node.step] - 20, SMALL_LETTER),
            anchor: node.wide || node.side < 0 ? "start" : "end",
            x: node.wide ? node.x + 4 : node.side > 0 ? node.x - 9 : node.x + node.width + 9,
            y: node.wide ? node.y - NODE_HEIGHT / 2 - 5 : node.y + 3.5,
        }));
    return {nodes, links, roles, width, height, middle};
}

/** The customer to go to from another one by an arrow key: the nearest that way. */
export function findNeighbour(nodes, from, key) {
    const [dx, dy] = {
        ArrowRight: [1, 0],
        ArrowLeft: [-1, 0],
        ArrowDown: [0, 1],
        ArrowUp: [0, -1],
    }[key];
    let best = null;
    for (const node of nodes) {
        const x = node.x + node.width / 2 - from.x - from.width / 2;
        const y = node.y - from.y;
        const ahead = x * dx + y * dy;
        const aside = Math.abs(x * dy) + Math.abs(y * dx);
        const far = ahead + 3 * aside;
        if (node !== from && ahead > 1 && (!best || far < best.far)) {
            best = {node, far};
        }
    }
    return best && best.node;
}
