from odoo import fields


class UncheckedLink(fields.Many2one):
    """A many2one without a foreign key, for rows written at each call of a client.

    The key's check would lock the client's row, and in REPEATABLE READ it fails as soon
    as anything of that row was written since the call began: the time it was last seen,
    or how far it has confirmed the feed. Every push beside a pull would run twice.
    Rows go with their client in its `unlink`.
    """

    def update_db_foreign_key(self, model, column):
        """None."""
