"""Problems in the words of the user: what is wrong, and what to do about it."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate("crm_extended", default_lang="en_US")

# code -> (what is wrong, what to do)
WORDING = {
    # ------------------------------------------------------------- the file
    "empty": (_lt("The file is empty."), _lt("Export it again and check its size.")),
    "no_rows": (
        _lt("The file has no rows below its header."),
        _lt("Export it again, or tell the mapping that there is no header."),
    ),
    "file_huge": (
        _lt("The file has %(megabytes)s MB; at most %(limit)s MB are read at once."),
        _lt(
            "Split it, or let an administrator raise the limit "
            "(parameter crm_extended.import_max_megabytes)."
        ),
    ),
    "encoding_unknown": (
        _lt("The file is not in Unicode."),
        _lt("Choose its encoding in the mapping; in Central Europe often cp1250."),
    ),
    "encoding_differs": (
        _lt("The file is in %(encoding)s, the mapping expects %(wanted)s."),
        _lt("Choose the right encoding in the mapping."),
    ),
    "binary": (
        _lt("The file is not text: it holds NUL bytes."),
        _lt("Save it as CSV or XLSX and try again."),
    ),
    "is_xlsx": (
        _lt("The file is an Excel workbook, the mapping expects text."),
        _lt("Choose Excel workbook in the mapping, or save the file as CSV."),
    ),
    "is_xls": (
        _lt("The file is an old or password-protected Excel workbook."),
        _lt("Save it as .xlsx without a password."),
    ),
    "not_xlsx": (
        _lt("The file is not an Excel workbook (.xlsx)."),
        _lt("Choose the right kind of file in the mapping, or save it again."),
    ),
    "xlsx_broken": (
        _lt("The workbook is damaged at row %(row)s."),
        _lt("Open it in a spreadsheet program and save it again."),
    ),
    "unsafe_xml": (
        _lt("The workbook holds XML that refers outside of it."),
        _lt("Do not trust its sender. Save it again in a spreadsheet program."),
    ),
    "bomb": (
        _lt("The workbook would unpack to more than %(megabytes)s MB."),
        _lt("Save only the sheet that is needed, or use CSV."),
    ),
    "sheet_missing": (
        _lt("The workbook has no sheet %(sheet)s; it has: %(found)s."),
        _lt("Correct the sheet's name in the mapping."),
    ),
    "record_huge": (
        _lt("Row %(row)s is over a million characters long."),
        _lt("A quotation mark may not be closed there, or the delimiter is wrong."),
    ),
    "quote_open": (
        _lt("The quotation mark that opens in row %(row)s is never closed."),
        _lt(
            "Close or double it in the file: all that follows reads as one cell. If "
            "the mark is part of the text, choose in the mapping that there are no "
            "quotes."
        ),
    ),
    "columns_many": (
        _lt("Row %(row)s has over a thousand columns."),
        _lt("Check the delimiter in the mapping."),
    ),
    "column_missing": (
        _lt("The file has no column %(column)s; it has: %(found)s."),
        _lt("Check the delimiter and the names of columns in the mapping."),
    ),
    "column_twice": (
        _lt("The file has the column %(column)s more than once."),
        _lt("Rename one in the file, or give its number in the mapping."),
    ),
    # ------------------------------------------------------------- a cell
    "required": (_lt("The cell is empty."), _lt("Fill it in, or set a default.")),
    "unreadable": (
        _lt("The cell has characters that the encoding does not know."),
        _lt("Choose the right encoding in the mapping, or type the text again."),
    ),
    "nul": (_lt("The cell holds a NUL character."), _lt("Type the text again.")),
    "long": (
        _lt("The text has %(length)s characters; %(limit)s are allowed."),
        _lt("Shorten it."),
    ),
    "email": (
        _lt("This is not an e-mail address."),
        _lt("Write one address as name@example.com, or leave it empty."),
    ),
    "flag": (_lt("This is neither yes nor no."), _lt("Write yes or no.")),
    "date_form": (
        _lt("The date does not look like %(form)s."),
        _lt("Correct it, or choose the form of dates in the mapping."),
    ),
    "date_impossible": (
        _lt("There is no such day in the calendar (read as %(form)s)."),
        _lt("Correct it, or choose the form of dates in the mapping."),
    ),
    "date_late": (_lt("The day is later than %(latest)s."), _lt("Correct the date.")),
    "date_early": (_lt("The day is before 1900."), _lt("Correct the date.")),
    "number": (
        _lt("This is not a number (decimal mark %(decimal)s)."),
        _lt("Write digits only, or choose the marks of numbers in the mapping."),
    ),
    "number_huge": (
        _lt("The number is beyond %(limit)s."),
        _lt("Correct it, or raise the largest believable number in the mapping."),
    ),
    "converted_huge": (
        _lt("In the company's currency the number is beyond %(limit)s."),
        _lt("Correct the number, or the rate of its currency on that day."),
    ),
    "negative": (
        _lt("The amount is negative."),
        _lt("Correct it, or let the mapping take negative amounts as returns."),
    ),
    "cells_many": (
        _lt("The row has %(cells)s cells, the header %(columns)s."),
        _lt("Put a text with the delimiter in it between quotation marks."),
    ),
    "wrong_kind": (
        _lt("The value is not of the kind that the attribute takes (%(kind)s)."),
        _lt("Enter it as the attribute's definition says."),
    ),
    "many": (
        _lt("More than %(limit)s values at once."),
        _lt("Keep those that matter."),
    ),
    "unknown_attribute": (
        _lt("The attribute has no such choice."),
        _lt("Add the choice to the attribute, or a translation in the mapping."),
    ),
    "unknown_branch": (
        _lt("No branch has this code or name."),
        _lt("Add the branch under Configuration, or a translation in the mapping."),
    ),
    "unknown_category": (
        _lt("No product category has this name."),
        _lt("Add the category, or a translation in the mapping."),
    ),
    "unknown_product_code": (
        _lt("No product has this internal reference or barcode."),
        _lt("Add the product, or map the column as article text."),
    ),
    "unknown_currency": (
        _lt("The currency is not known or not active."),
        _lt("Use a code as EUR, and activate the currency in the settings."),
    ),
    "unknown_country": (
        _lt("No country has this code or name."),
        _lt("Use the two-letter code, as CZ."),
    ),
    "unknown_lang": (
        _lt("The language is not installed."),
        _lt("Use a code as cs_CZ, and install the language in the settings."),
    ),
    "unknown_channel": (
        _lt("This is no channel of ours."),
        _lt("Translate it in the mapping to shop, web, phone, mail, partner or other."),
    ),
    "unknown_payment_method": (
        _lt("This is no payment method of ours."),
        _lt(
            "Translate it in the mapping to cash, card, transfer, delivery, online, "
            "credit or other."
        ),
    ),
    # ------------------------------------------------------------- a row
    "key_twice": (
        _lt("The same key is already in row %(first)s."),
        _lt("Remove one of the rows, or choose the right column as key."),
    ),
    "name_missing": (
        _lt("The customer is new and has no name."),
        _lt("Fill in the name, or set in the mapping how to name such customers."),
    ),
    "customer_unknown": (
        _lt("This source has sent no customer with this key."),
        _lt("Import its customers first."),
    ),
    "customer_forbidden": (
        _lt("The customer belongs to others; you may not change it."),
        _lt("Ask a manager to import this row."),
    ),
    "refused": (_lt("%(reason)s"), _lt("Correct the row.")),
}


def word(env, code: str, details: dict) -> tuple[str, str]:
    """What is wrong and what to do, in the user's language."""
    wrong, remedy = WORDING[code]
    template = env._(wrong)  # lazy texts take no arguments
    return template % details, env._(remedy)
