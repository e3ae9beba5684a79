from contextlib import closing, contextmanager

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase


class CommittedCase(TransactionCase):
    """Works on connections of its own that really commit; it cleans up itself."""

    @contextmanager
    def connection(self):
        with closing(db_connect(self.env.cr.dbname).cursor()) as cr:
            yield cr
            cr.commit()  # pylint: disable=invalid-commit

    @contextmanager
    def environment(self, uid=SUPERUSER_ID):
        with self.connection() as cr:
            env = api.Environment(cr, uid, {})
            yield env
            env.flush_all()
