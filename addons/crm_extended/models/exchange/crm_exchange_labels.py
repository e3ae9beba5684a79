from odoo import api, models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

ENTITIES = {
    "customer": _lt("Customer"),
    "contact": _lt("Contact"),
    "address": _lt("Address"),
    "relation": _lt("Relation"),
    "attribute": _lt("Attribute"),
    "consent": _lt("Consent"),
    "product": _lt("Product"),
    "price_list": _lt("Price List"),
    "opportunity": _lt("Opportunity"),
    "order": _lt("Order"),
    "delivery": _lt("Delivery"),
    "invoice": _lt("Invoice"),
    "purchase": _lt("Past Purchase"),
    "loyalty_account": _lt("Loyalty Account"),
    "loyalty_entry": _lt("Loyalty Entry"),
    "interaction": _lt("Interaction"),
    "segment_member": _lt("Segment Membership"),
    "target": _lt("Target"),
    "score": _lt("Score"),
    "case": _lt("Case"),
}
OPERATIONS = {
    "upsert": _lt("Create or Change"),
    "patch": _lt("Change"),
    "delete": _lt("Delete"),
    "merge": _lt("Merge"),
}
VERBS = {
    "read": _lt("Read"),
    "create": _lt("Created"),
    "update": _lt("Changed"),
    "delete": _lt("Deleted"),
    "merge": _lt("Merged"),
    "erase": _lt("Erased"),
    "export": _lt("Exported"),
    "match": _lt("Looked for a Match"),
    "digest": _lt("Compared"),
}
METHODS = {
    "hello": _lt("Say Hello"),
    "schema": _lt("Ask for Fields"),
    "get": _lt("Get by Key"),
    "pull": _lt("Pull"),
    "ack": _lt("Confirm What Was Pulled"),
    "snapshot_open": _lt("Begin a First Load"),
    "snapshot_page": _lt("Page of a First Load"),
    "digest": _lt("Compare by Digest"),
    "reconcile": _lt("Report Differences"),
    "match": _lt("Look for a Match"),
    "push": _lt("Push"),
    "push_open": _lt("Open a Bulk Job"),
    "push_part": _lt("Part of a Bulk Job"),
    "push_commit": _lt("Carry out a Bulk Job"),
    "push_status": _lt("Status of a Push"),
    "push_result": _lt("Result of a Bulk Job"),
    "push_abort": _lt("Give up a Bulk Job"),
    "erase": _lt("Erase a Person"),
    "subject_export": _lt("Export a Person"),
    "audit": _lt("Read the Audit"),
    "quota": _lt("Ask for the Quota"),
    "hook_set": _lt("Set a Webhook"),
    "hook_rotate": _lt("New Secret of a Webhook"),
    "hook_test": _lt("Test a Webhook"),
    "hook_deliveries": _lt("List Deliveries"),
    "hook_redeliver": _lt("Deliver Again"),
    "job": _lt("Work of a Job"),
}


class ExchangeLabels(models.AbstractModel):
    """What the wire's own words are called on screens."""

    _inherit = "crm.exchange"

    @api.model
    def _label_entities(self):
        """[(name, label)] of all kinds of records; those of other addons by name."""
        entities = self._entities()
        known = {name: text for name, text in ENTITIES.items() if name in entities}
        return _labels(self.env, known, entities)

    @api.model
    def _label_operations(self):
        return _labels(self.env, OPERATIONS)

    @api.model
    def _label_methods(self):
        return _labels(self.env, METHODS, self._services())

    @api.model
    def _label_verbs(self):
        """What was done; of calls that did nothing, what was tried."""
        return _labels(self.env, {**METHODS, **VERBS}, self._services())

    @api.model
    def _services(self):
        """Names of all methods that clients can call."""
        known = type(self)
        return [
            name
            for name in dir(known)
            if not name.startswith("_")
            and getattr(getattr(known, name, None), "exchange_service", False)
        ]


def _labels(env, known, names=None):
    names = known if names is None else dict.fromkeys((*names, *known))
    return [
        (name, env._(known[name]) if name in known else name.replace("_", " ").title())
        for name in names
    ]
