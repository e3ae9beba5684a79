"""What points owed to customers are worth: breakage, deferral, ageing. No Odoo here."""
