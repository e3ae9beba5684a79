import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatInteger} from "@web/views/fields/formatters";

/**
 * Combinations of sets as rows of dots with bars: an UpSet picture (Lex et al. 2014).
 *
 * It stands upright, a row a combination, so that it fits a phone and is a table to
 * whoever listens to it. A customer is in one row only.
 */
export class UpsetChart extends Component {
    static template = "crm_extended.UpsetChart";
    static props = {data: Object, open: Function};

    setup() {
        this.state = useState({over: false});
    }

    get largestSet() {
        return Math.max(1, ...this.props.data.segments.map((segment) => segment.size));
    }

    get rows() {
        const {segments, combinations, total} = this.props.data;
        const largest = Math.max(1, ...combinations.map((one) => one.count));
        return combinations.map(({ids, count}) => {
            const places = segments.flatMap((one, i) => (ids.includes(one.id) ? [i] : []));
            const names = places.map((place) => segments[place].name).join(", ");
            return {
                key: ids.join("-"),
                ids,
                count: formatInteger(count),
                width: (100 * count) / largest,
                share: `${Math.round((100 * count) / total)} %`,
                label: _t("%(count)s customers only in %(names)s", {
                    count: formatInteger(count),
                    names,
                }),
                dots: segments.map((segment, i) => ({
                    id: segment.id,
                    full: ids.includes(segment.id),
                    before: i > places[0] && i <= places.at(-1),
                    after: i >= places[0] && i < places.at(-1),
                    name: segment.name,
                })),
            };
        });
    }

    getHeight(segment) {
        return Math.max(2, (48 * segment.size) / this.largestSet);
    }

    formatNumber(value) {
        return formatInteger(value);
    }

    get restText() {
        return _t("%s more customers are in smaller combinations that are not drawn.", [
            formatInteger(this.props.data.rest),
        ]);
    }
}
