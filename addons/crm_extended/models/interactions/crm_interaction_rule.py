from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from .crm_interaction import CHANNELS

VISIBILITY = [
    ("all", "Everyone who sees customers"),
    ("document", "Who may read the document"),
    ("groups", "Only these groups"),
]


class InteractionRule(models.Model):
    """What is kept of a channel, for how long, and who sees it.

    What a person may not see does not exist for him: in lists, pivots, the picture and
    through the API alike, because a record rule asks here. A channel without a row is
    shown to those who may read the document.
    """

    _name = "crm.interaction.rule"
    _description = "Rule of a Channel"
    _order = "channel"
    _rec_name = "channel"

    channel = fields.Selection(CHANNELS, required=True)
    is_recorded = fields.Boolean(
        string="Recorded",
        default=True,
        help="Off: documents of this channel leave no interaction, and those they left "
        "go with the next backfill",
    )
    visibility = fields.Selection(VISIBILITY, required=True, default="document")
    group_ids = fields.Many2many("res.groups", string="Groups")
    keep_days = fields.Integer(
        string="Keep for Days", help="Older interactions are deleted. 0: kept for ever."
    )

    _channel_uniq = models.Constraint("UNIQUE (channel)", "A channel has one rule.")
    _keep_days_positive = models.Constraint(
        "CHECK (keep_days >= 0 AND keep_days <= 36500)",
        "Keep for Days is between 0 (for ever) and 36500.",
    )

    @api.constrains("visibility", "group_ids")
    def _check_groups(self):
        for rule in self:
            if rule.visibility == "groups" and not rule.group_ids:
                raise ValidationError(
                    self.env._(
                        "Choose the groups that see the channel %(channel)s.",
                        channel=rule.display_name,
                    )
                )

    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for rule in self:
            rule.display_name = channels.get(rule.channel, "")

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        done = super().write(vals)
        self.env.registry.clear_cache()
        return done

    def unlink(self):
        done = super().unlink()
        self.env.registry.clear_cache()
        return done

    # ------------------------------------------------------------------ private

    @api.model
    @tools.ormcache()
    def _get_settings(self):
        """``{channel: (visibility, frozenset of group ids)}``"""
        return {
            rule.channel: (rule.visibility, frozenset(rule.group_ids.ids))
            for rule in self.sudo().search([])
        }

    @api.model
    def _get_visible_channels(self):
        """Channels that the user sees: wholly, and as far as he may read documents.

        :return: (list of codes, list of codes)
        """
        settings = self._get_settings()
        mine = set(self.env.user._get_group_ids())
        whole, by_document = [], []
        for channel, _label in CHANNELS:
            visibility, groups = settings.get(channel, ("document", frozenset()))
            if visibility == "all" or (visibility == "groups" and groups & mine):
                whole.append(channel)
            elif visibility == "document":
                by_document.append(channel)
        return whole, by_document

    @api.autovacuum
    def _gc_interactions(self):
        """Delete what is older than its channel is kept, a part per call."""
        self.env.cr.execute(
            """DELETE FROM crm_interaction WHERE id IN (
                   SELECT i.id FROM crm_interaction_rule r
                     JOIN crm_interaction i ON i.channel = r.channel
                      AND i.date < now() AT TIME ZONE 'UTC'
                                   - make_interval(days => r.keep_days)
                    WHERE r.keep_days > 0 LIMIT 10000)"""
        )
        done = self.env.cr.rowcount
        self.env["crm.interaction"].invalidate_model(flush=False)
        return done, int(done == 10000)
