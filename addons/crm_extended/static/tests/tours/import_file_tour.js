import { registry } from "@web/core/registry";
import { session } from "@web/session";

let limit;

function choose(input, text) {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "customers.csv", { type: "text/csv" }));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

// A clerk chooses a file that fits Odoo's limit but not the request that carries it.
registry.category("web_tour.tours").add("crm_extended_import_file", {
    steps: () => [
        {
            trigger: ".o_field_widget[name=file] input.o_input_file:not(:visible)",
            run() {
                limit = session.max_file_upload_size;
                session.max_file_upload_size = 100 * 1024;
                choose(this.anchor, "x".repeat(90 * 1024));
            },
        },
        {
            trigger: ".o_notification:contains(crm_import)",
            run() {
                session.max_file_upload_size = limit;
            },
        },
        {
            trigger: ".o_field_widget[name=file] input.o_input_file:not(:visible)",
            run() {
                choose(this.anchor, "id,name\n1,Jana\n");
            },
        },
        {
            trigger:
                ".o_field_widget[name=file] input.o_input:value(customers.csv), .o_field_widget[name=file] input[value='customers.csv']",
        },
        {
            trigger: ".o_form_button_cancel",
            run: "click",
        },
    ],
});
