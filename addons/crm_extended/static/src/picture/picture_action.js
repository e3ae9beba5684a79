import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {Layout} from "@web/search/layout";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {Picture} from "./picture";

/** The picture as a page of its own; the address says whose it is. */
export class PictureAction extends Component {
    static template = "crm_extended.PictureAction";
    static components = {Layout, Picture};
    static props = {...standardActionServiceProps};

    setup() {
        this.display = {controlPanel: {}};
    }

    get partnerId() {
        const {context = {}, params = {}} = this.props.action;
        return Number(context.active_id || params.active_id) || 0;
    }
}

/** The picture as a page of the customer's form. */
export class PictureWidget extends Component {
    static template = "crm_extended.PictureWidget";
    static components = {Picture};
    static props = {...standardWidgetProps};
}

registry.category("actions").add("crm_picture", PictureAction);
registry.category("view_widgets").add("crm_picture", {component: PictureWidget});
