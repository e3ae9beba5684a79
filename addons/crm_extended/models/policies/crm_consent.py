from datetime import datetime

import pytz

from odoo import api, models
from odoo.tools import SQL

from ...conduct.contact import judge
from ...privacy.verdict import RIGHT

ADDRESSED = """
    SELECT a.key, p.commercial_partner_id, p.tz, p.company_id
      FROM (%(asked)s) a JOIN res_partner p ON p.id = a.partner_id
     WHERE a.key = ANY(%(keys)s)
"""
# Campaigns, SMS and calls to the customer and its people, newest days only
CONTACTS = """
    SELECT p.commercial_partner_id, i.date
      FROM crm_interaction i
      JOIN res_partner p ON p.id = i.partner_id
     WHERE p.commercial_partner_id = ANY(%(owners)s) AND i.direction = 'out'
       AND i.channel IN ('campaign', 'sms', 'call')
       AND i.date >= now() AT TIME ZONE 'UTC' - %(days)s * interval '1 day'
"""


class Consent(models.Model):
    """Whoever agreed is still addressed as the policy for the customer has it."""

    _inherit = "crm.consent"

    @api.model
    def _judge_asked(self, asked, purpose, channel, as_of):
        verdicts = super()._judge_asked(asked, purpose, channel, as_of)
        rules = self.env["crm.policy"]._get_rules()
        if as_of or not any({"ways", "contact_cap"} & p.rules.keys() for p in rules):
            return verdicts
        keys = [key for key, v in verdicts.items() if v in RIGHT and v != "duty"]
        return (
            {**verdicts, **self._find_unfit(asked, keys, channel)} if keys else verdicts
        )

    @api.model
    def _find_unfit(self, asked, keys, channel):
        """{key: verdict} of those whom a policy spares this channel, hour or number."""
        rows = self.env.execute_query(SQL(ADDRESSED, asked=asked, keys=keys))
        owners = self.env["res.partner"].browse({owner for _k, owner, _t, _c in rows})
        conduct = self.env["crm.policy"].sudo()._conduct(owners, self.env.company)
        capped = {
            owner: found["contact_cap"].value
            for owner, found in conduct.items()
            if "contact_cap" in found and found["contact_cap"].value
        }
        contacts = self._find_contacts(capped)
        unfit = {}
        now = self._get_moment()
        for key, owner, zone, _company in rows:
            ways = conduct.get(owner, {}).get("ways")
            clock = now.astimezone(self._get_zone(zone))
            verdict = ways and ways.value and judge(ways.value, channel, clock)
            if not verdict and owner in capped:
                count, days = capped[owner]
                since = now.timestamp() - days * 86400
                recent = [at for at in contacts.get(owner, ()) if at >= since]
                verdict = "policy_cap" if len(recent) >= count else None
            if verdict:
                unfit[key] = verdict
        return unfit

    @api.model
    def _find_contacts(self, capped):
        """{owner: moments (seconds)} of what went out to capped customers lately."""
        if not capped:
            return {}
        self.env["crm.interaction"].flush_model()
        contacts = {}
        longest = max(days for _count, days in capped.values())
        query = SQL(CONTACTS, owners=list(capped), days=longest)
        for owner, moment in self.env.execute_query(query):
            seconds = pytz.utc.localize(moment).timestamp()
            contacts.setdefault(owner, []).append(seconds)
        return contacts

    @api.model
    def _get_moment(self):
        """Now, in UTC with its zone; the hours of policies are judged by it."""
        return datetime.now(pytz.utc)

    @api.model
    def _get_zone(self, name):
        name = name or self.env.company.partner_id.tz or self.env.user.tz or "UTC"
        try:
            return pytz.timezone(name)
        except pytz.UnknownTimeZoneError:
            return pytz.utc

    @api.model
    def _tell_verdict(self, verdict):
        say = self.env._
        told = {
            "policy_channel": say("The customer's policy does not use this channel"),
            "policy_hours": say("Not at this hour, by the customer's policy"),
            "policy_cap": say("Was addressed as often as the policy allows"),
        }
        return told.get(verdict) or super()._tell_verdict(verdict)
