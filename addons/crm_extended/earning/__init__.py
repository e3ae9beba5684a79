"""How many points an order or event gives, and whether a programme pays; no Odoo."""
