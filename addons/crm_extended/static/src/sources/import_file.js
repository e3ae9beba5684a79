import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { humanNumber } from "@web/core/utils/numbers";
import { DEFAULT_MAX_FILE_SIZE } from "@web/core/utils/files";
import { session } from "@web/session";
import { BinaryField, binaryField } from "@web/views/fields/binary/binary_field";

const BESIDES = 64 * 1024; // bytes of a request besides the file

/**
 * The file travels as text of four characters for three bytes, hence the server
 * refuses a file well below its limit of a request: say so before it is sent.
 */
export function largestFile() {
    const limit = session.max_file_upload_size || DEFAULT_MAX_FILE_SIZE;
    return Math.max(Math.floor(((limit - BESIDES) * 3) / 4), 0);
}

export class ImportFileField extends BinaryField {
    update(file) {
        const largest = largestFile();
        if (file.size > largest) {
            const text = _t(
                "%(name)s has %(size)sB, and a form takes %(largest)sB at most. Let your administrator import it on the server with the command crm_import.",
                {
                    name: file.name,
                    size: humanNumber(file.size, { decimals: 1 }),
                    largest: humanNumber(largest, { decimals: 1 }),
                }
            );
            this.notification.add(text, { type: "danger", sticky: true });
            return;
        }
        return super.update(file);
    }
}

registry
    .category("fields")
    .add("crm_import_file", { ...binaryField, component: ImportFileField });
