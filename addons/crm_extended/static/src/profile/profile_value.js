import {Component, onWillUpdateProps, useState} from "@odoo/owl";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {MultiRecordSelector} from "@web/core/record_selectors/multi_record_selector";
import {deserializeDate, serializeDate} from "@web/core/l10n/dates";
import {parseFloat as parseNumber} from "@web/views/fields/parsers";

const MODELS = {product: "product.product", category: "product.category"};

/**
 * One attribute edited in its own type. It tells its owner of a new value and stores
 * nothing itself; a number that is none is shown as wrong and not told.
 */
export class ProfileValue extends Component {
    static template = "crm_extended.ProfileValue";
    static components = {DateTimeInput, MultiRecordSelector};
    static props = {
        attribute: Object,
        editable: Boolean,
        inputId: String,
        onChange: Function,
    };

    setup() {
        this.state = useState({invalid: false});
        onWillUpdateProps(() => {
            this.state.invalid = false;
        });
    }

    get attribute() {
        return this.props.attribute;
    }

    get value() {
        const [first] = this.attribute.values;
        return first ? first.value : null;
    }

    get shown() {
        return this.attribute.values.map((row) => row.shown).join(", ");
    }

    get ids() {
        return this.attribute.values.map((row) => row.value);
    }

    get model() {
        return MODELS[this.attribute.kind];
    }

    get day() {
        return this.value ? deserializeDate(this.value) : false;
    }

    get numberText() {
        const [first] = this.attribute.values;
        return first ? String(first.value) : "";
    }

    onText(ev) {
        this.props.onChange(ev.target.value.trim() || null);
    }

    onNumber(ev) {
        const text = ev.target.value.trim();
        if (!text) {
            this.props.onChange(null);
            return;
        }
        try {
            const number = parseNumber(text);
            this.state.invalid = false;
            this.props.onChange(number);
        } catch {
            this.state.invalid = true;
        }
    }

    onDate(day) {
        this.props.onChange(day ? serializeDate(day) : null);
    }

    onFlag(value) {
        this.props.onChange(value === this.value ? null : value);
    }

    onChoice(ev) {
        this.props.onChange(ev.target.value ? Number(ev.target.value) : null);
    }

    toggle(id) {
        const ids = this.ids;
        this.props.onChange(
            ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]
        );
    }

    onRecords(ids) {
        this.props.onChange(ids);
    }
}
