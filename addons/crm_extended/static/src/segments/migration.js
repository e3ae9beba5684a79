import {deserializeDate, formatDate, serializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {useService} from "@web/core/utils/hooks";
import {onWillStart} from "@odoo/owl";
import {SankeyChart} from "./sankey_chart";
import {SegmentPage} from "./segment_page";

const {DateTime} = luxon;

/** Who moved from where to where within a family of segments. */
export class SegmentMigration extends SegmentPage {
    static template = "crm_extended.SegmentMigration";
    static components = {...SegmentPage.components, RecordSelector, SankeyChart};

    setup() {
        this.families = useService("orm");
        onWillStart(() => this.chooseFamily());
        super.setup();
    }

    get method() {
        return "migration";
    }

    get args() {
        const {familyId, since, until, steps} = this.choices;
        return [familyId, since, until, steps];
    }

    get isReady() {
        const {familyId, since, until} = this.choices;
        return Boolean(familyId && since && until);
    }

    getChoices(context) {
        const today = DateTime.now();
        return {
            familyId: Number(context.family_id) || false,
            since: serializeDate(today.minus({months: 3})),
            until: serializeDate(today),
            steps: 1,
            table: false,
        };
    }

    /** Without a choice, the family that divides customers. */
    async chooseFamily() {
        if (!this.choices.familyId) {
            const [id] = await this.families.search("crm.segment.family", [], {
                limit: 1,
                order: "exclusive desc, sequence, name, id",
            });
            await this.choose({familyId: id || false});
        }
    }

    get periods() {
        return [
            {months: 1, label: _t("Month")},
            {months: 3, label: _t("Quarter")},
            {months: 6, label: _t("Half-Year")},
            {months: 12, label: _t("Year")},
        ];
    }

    choosePeriod(months) {
        const until = deserializeDate(this.choices.until);
        return this.choose({since: serializeDate(until.minus({months}))});
    }

    /** A day half typed is no day yet. */
    chooseDay(name, value) {
        if (/^\d{4}-\d\d-\d\d$/.test(value)) {
            return this.choose({[name]: value});
        }
    }

    get hasMoves() {
        return this.state.data.flows.some((rows) => rows.length);
    }

    get names() {
        const names = new Map(this.state.data.segments.map((one) => [one.id, one.name]));
        return names.set(false, _t("Elsewhere"));
    }

    /** Moves first, the largest first; then who stayed. */
    get rows() {
        const {days, flows} = this.state.data;
        return flows.flatMap((rows, step) =>
            rows
                .map((row) => ({...row, since: days[step], until: days[step + 1]}))
                .sort(
                    (a, b) =>
                        (a.before === a.after) - (b.before === b.after) || b.count - a.count
                )
        );
    }

    get summary() {
        const rows = this.rows;
        const sum = (test) =>
            this.formatNumber(rows.filter(test).reduce((all, row) => all + row.count, 0));
        return _t("%(moved)s moved, %(came)s came in, %(left)s left, %(stayed)s stayed.", {
            moved: sum((row) => row.before && row.after && row.before !== row.after),
            came: sum((row) => !row.before),
            left: sum((row) => !row.after),
            stayed: sum((row) => row.before === row.after),
        });
    }

    formatDay(day) {
        return formatDate(deserializeDate(day));
    }

    openMove({since, until, before, after}) {
        return this.open("open_migration", [this.choices.familyId, since, until, before, after]);
    }
}

registry.category("actions").add("crm_segment_migration", SegmentMigration);
