"""Which products are proposed to one customer, from many reasons. Without Odoo."""
