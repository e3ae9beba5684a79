from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...exchange import addresses
from ...exchange import call as calls
from ...exchange.errors import ExchangeError
from ..exchange.door import current_door

MATCHES = 1000  # look-ups by likeness a day, against guessing who is a customer


class ExchangeClient(models.Model):
    """From where, how fast and how much a client may call; zero means no limit."""

    _inherit = "crm.exchange.client"

    addresses = fields.Text(
        string="Only from Addresses",
        help="Networks from which it may call, one a line, e.g. 192.0.2.0/24 or "
        "2001:db8::/32. Empty: from everywhere. Behind a proxy the server must run "
        "with proxy_mode, otherwise it only sees the proxy.",
    )
    rate = fields.Integer(
        string="Calls per Minute",
        default=3000,
        help="What it may call in the long run. More is refused with the seconds to "
        "wait. 0: no limit.",
    )
    burst = fields.Integer(
        string="Calls at Once",
        default=600,
        help="How many calls it may make in one go after a pause.",
    )
    daily_rows = fields.Integer(
        string="Records per Day",
        help="How many records it may read and write in a day (UTC). 0: no limit.",
    )
    daily_matches = fields.Integer(
        string="Look-ups by Likeness per Day",
        default=MATCHES,
        help="How often it may ask in a day (UTC) whether somebody like this is a "
        "customer. It keeps a partner from finding out who is. 0: no limit.",
    )

    _limits_not_negative = models.Constraint(
        "CHECK (rate >= 0 AND daily_rows >= 0 AND daily_matches >= 0)",
        "Limits are not negative; 0 means no limit.",
    )
    _burst_positive = models.Constraint(
        "CHECK (burst > 0 OR rate = 0)",
        "Allow at least one call at once.",
    )

    @api.constrains("addresses")
    def _check_addresses(self):
        for client in self:
            try:
                addresses.networks(client.addresses)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "Client %(name)s: “%(word)s” is no network. Write for example "
                        "192.0.2.0/24, 192.0.2.7 or 2001:db8::/32, 100 at most.",
                        name=client.name,
                        word=error,
                    )
                ) from error

    def _check_address(self):
        """Refuse a call from elsewhere; a job of the server's own has no address.

        `remote_addr` is the caller's behind a proxy when the server runs with
        `proxy_mode`; a forwarded address is never believed otherwise.

        :raises ExchangeError: `address_refused`
        """
        door = current_door()
        if not self.addresses or not door or calls.is_inside():
            return
        caller = door.address
        if not addresses.admits(self.addresses, caller):
            raise ExchangeError(
                "address_refused",
                "This client may not call from your address.",
                got=caller,
            )
