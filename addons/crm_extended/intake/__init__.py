"""Files of other systems become clean rows, or problems that name row and column.

No Odoo in here: `layout` says what a file looks like, `reading` streams its rows,
`values` turns a text into a value, `mapping` puts the value under our name for it.
"""
