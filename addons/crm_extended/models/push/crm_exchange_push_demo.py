from odoo import api, models

from ...exchange import call as calls
from ...exchange.waves import digest

_SCHOOL = {
    "name": "Hudební škola Allegro",
    "is_company": True,
    "email": "skola@allegro.example.com",
    "phone": "+420 222 510 100",
    "street": "Korunní 12",
    "zip": "120 00",
    "city": "Praha",
    "country": "CZ",
}


class ExchangeBatch(models.Model):
    _inherit = "crm.exchange.batch"

    @api.model
    def _load_demo(self, xmlid):
        """Two evenings of the ERP of the story: one goes well, the other does not.

        :param xmlid: of the client
        """
        client = self.env.ref(xmlid)
        contact = {"customer": {"source": client.code, "id": "ZAK-1001"}}
        first = [
            _row(client, "customer", "ZAK-1001", set=_SCHOOL),
            _row(
                client,
                "contact",
                "OS-2001",
                set={"name": "Petra Vlčková", "function": "Director"},
                refs=contact,
            ),
        ]
        self._push_demo(client, "2026-06-01 evening", first)
        school = self.env["res.partner"].search([("name", "=", _SCHOOL["name"])])
        school.write({"phone": "+420 222 510 177", "city": "Praha 2"})
        self.env.flush_all()
        stranger = {"customer": {"source": client.code, "id": "ZAK-1007"}}
        second = [
            _row(
                client,
                "customer",
                "ZAK-1001",
                set={**_SCHOOL, "phone": "+420 222 510 190", "city": "Praha-Vinohrady"},
            ),
            _row(
                client,
                "customer",
                "ZAK-1002",
                set={"name": "Sbor Cantabile", "city": "Brno", "country": "ČR"},
            ),
            _row(
                client,
                "contact",
                "OS-2002",
                set={"name": "Ondřej Malý", "function": "Choirmaster"},
                refs=stranger,
            ),
        ]
        self._push_demo(client, "2026-06-02 evening", second)

    @api.model
    def _push_demo(self, client, batch_id, rows):
        engine = self.env["crm.exchange"].with_context(exchange_batch=batch_id)
        with calls.running("push"):  # the journal is written when a real call ends
            batch, _reply = self._claim(client, batch_id, digest(rows))
            done = engine._push(client, rows, "each", "merge3")
            batch._conclude({"batch_id": batch_id, **done}, "")


def _row(client, entity, key, **parts):
    return {
        "row_id": key,
        "op": "upsert",
        "entity": entity,
        "key": {"source": client.code, "id": key},
        **parts,
    }
