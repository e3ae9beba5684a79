"""What loyal customers bring: profit by year, and money of less churn. No Odoo here."""
