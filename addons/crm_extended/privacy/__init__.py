"""Privacy as plain rules: no Odoo, no database."""
