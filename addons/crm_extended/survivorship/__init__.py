"""Which of several sources is believed about a value, and why.

No Odoo in here: `voice` is what one record says, `strategies` narrow the voices,
`decide` lets strategies speak in order until one content is left.
"""
