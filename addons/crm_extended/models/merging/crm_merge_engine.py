import time

from odoo import api, fields, models

from ...merging import history, ledger, statements


class CrmMergeEngine(models.Model):
    """Merging any number of groups in one pass: one statement per place."""

    _inherit = "crm.merge"

    @api.model
    def _merge(self, groups, reason="", values=None):
        """Unite groups of customers; all of them or none.

        :param groups: list of (target id, [source ids]): the sources go into the target
        :param str reason: shown in the journal
        :param dict values: {target id: {field name: value}} chosen by hand
        :returns: the `crm.merge` records, one per group, in the order of the groups
        :raises UserError: when a group must not be merged, naming record and remedy
        """
        self._check_may_merge()
        self.env.flush_all()
        groups = self._parse_groups(groups)
        if not groups:
            return self.browse()
        self._lock({i for target, sources in groups for i in (target, *sources)})
        groups = self._check_groups(groups)
        chosen = self._choose_values(groups, self._check_values(groups, values))
        merges = self.sudo()._create_merges(groups, reason)
        merges._unite(chosen)
        return merges.sudo(self.env.su)

    @api.model
    def _create_merges(self, groups, reason):
        partners = self.env["res.partner"].browse([target for target, _s in groups])
        now = fields.Datetime.now()
        batch = str(time.time_ns())
        merges = self.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": partner.company_id.id,
                    "user_id": self.env.uid,
                    "date": now,
                    "batch": batch,
                    "reason": str(reason or "")[:500] or False,
                    "run_id": self.env.context.get("crm_merge_run_id"),
                }
                for partner in partners
            ]
        )
        self.env["crm.merge.source"].create(
            [
                {"merge_id": merge.id, "partner_id": source}
                for merge, (_target, sources) in zip(merges, groups, strict=True)
                for source in sources
            ]
        )
        self.env.flush_all()
        return merges

    def _unite(self, chosen):
        """The set-based pass. Everything is checked and locked."""
        self._fill_map()
        self._execute(ledger.SNAPSHOT)
        targets = self.partner_id
        changed = self._write_values(chosen)
        self._execute(ledger.ARCHIVE)
        parents = self._parent_references()
        for ref in parents:
            self._execute(statements.move(ref))
        self.env.invalidate_all(flush=False)
        self._recompute_partners(changed)
        self._check_no_cycle(targets)
        self._execute(ledger.DEBTORS)
        self._hold_entries()
        for ref in self._references():
            if ref not in parents:
                self._execute(statements.move(ref))
        for ref in self._property_references():
            self._execute(statements.move(ref))
        for table in self._tables_with_entity():
            self._execute(ledger.commercial(table))
        self._follow_banks()
        carried, *closed = ledger.POINTS
        self._execute(carried)
        self.env["crm.loyalty.ledger"]._merge_cards()
        for statement in (*closed, *history.UNITE):
            self._execute(statement)
        self._execute(ledger.DIFFERENCE)
        self.env.invalidate_all(flush=False)
        self._recompute_mirrors(targets)
        self._note_change(targets)
        self.env.flush_all()

    @api.model
    def _parent_references(self):
        """Those that decide the commercial entity, so they go first."""
        first = ("res_partner.parent_id", "res_partner.merged_into_id")
        return [ref for ref in self._references() if ref.place in first]

    def _fill_map(self):
        self._execute(statements.MAP)
        self.env.cr.execute(
            """
            INSERT INTO crm_merge_map (source_id, target_id, debtor_id,
                                       merge_source_id, merge_id)
            SELECT s.partner_id, g.partner_id, g.partner_id, s.id, g.id
              FROM crm_merge_source s JOIN crm_merge g ON g.id = s.merge_id
             WHERE g.id = ANY(%s);
            ANALYZE crm_merge_map
            """,
            [self.ids],
        )

    def _execute(self, statement):
        self.env.cr.execute(statement)

    def _hold_entries(self):
        """Journal entries that must keep their customer: see `ledger.HELD`."""
        for statement in ledger.HELD:
            self._execute(statement)

    @api.model
    def _tables_with_entity(self):
        return [
            ref.table.name
            for ref in self._references()
            if ref.column == "commercial_partner_id"
            and "partner_id" in ref.table.columns
            and ref.table.name != "account_move"
        ]

    def _follow_banks(self):
        """What refers to a bank account that both had now refers to the survivor's.

        The account itself stays on the archived record, where its unique number does
        not clash.
        """
        self.env.cr.execute(ledger.BANKS)
        if self.env.cr.rowcount:
            for ref in self._bank_references():
                self._execute(ledger.swap_map(statements.move(ref), "crm_merge_bank"))

    # ------------------------------------------------------------------ recompute

    @api.model
    def _own_computed(self, names):
        """Stored computed fields of partners that follow from these, in registry order.

        Only those of the partner: documents keep the address, language and terms they
        were made with, as when a partner is edited by Odoo's own merge.
        """
        partner = self.env["res.partner"]
        found = {}
        for name in names:
            for field in self.env.registry.get_dependent_fields(partner._fields[name]):
                own = field.model_name == partner._name and field.store
                if own and field.compute and field.name not in ("lang", "user_id"):
                    found[field.name] = field
        return list(found.values())

    def _recompute_partners(self, changed):
        """Commercial entities, complete names and what else follows on partners."""
        targets = self.partner_id
        self.env.cr.execute(ledger.DESCENDANTS)
        below = targets.browse([id_ for (id_,) in self.env.cr.fetchall()])
        everyone = (targets | below).sudo()
        for field in self._own_computed({"parent_id", "active", "is_company"}):
            self.env.add_to_compute(field, everyone)
        for field in self._own_computed(changed):
            self.env.add_to_compute(field, targets)
        share = targets._fields["partner_share"]
        self.env.add_to_compute(share, targets)
        self.env.flush_all()
        synced = [
            name
            for name in targets._commercial_fields()
            if targets._fields[name].store and targets._fields[name].column_type
        ]
        self._execute(ledger.sync_commercial(synced))
        self.env.invalidate_all(flush=False)

    @api.model
    def _mirrors(self):
        """{(table, column): [stored texts computed from the customer in that column]}

        Only read-only texts: what a person may edit was edited for a reason.
        """
        found = {}
        for model, field in self._stored_fields("char", "text"):
            if not field.compute or not field.readonly or field.inverse:
                continue
            for path in self.env.registry.field_depends.get(field, ()):
                first = model._fields.get(str(path).split(".")[0])
                if first is None or first.type != "many2one" or not first.store:
                    continue
                if first.comodel_name == "res.partner" and model._name != "res.partner":
                    found.setdefault((model._table, first.name), {})[field.name] = field
        return {key: list(texts.values()) for key, texts in found.items()}

    def _recompute_mirrors(self, partners):
        """Texts that documents copied from the customer's name follow the survivor."""
        for (_table, column), texts in self._mirrors().items():
            model = self.env[texts[0].model_name].sudo().with_context(active_test=False)
            records = model.search([(column, "in", partners.ids)], order="id")
            for field in texts:
                self.env.add_to_compute(field, records)
        self.env.flush_all()

    def _note_change(self, targets):
        """Tell partners' systems and the chatter what became of the records."""
        changes = self.env["crm.exchange.change"].sudo()
        changes._note_merges(self)
        bodies = {}
        for merge in self:
            sources = merge.source_ids.partner_id
            bodies[merge.partner_id.id] = self.env._(
                "Merged with %(records)s. Data Quality > Merges shows what moved and "
                "can undo it.",
                records=", ".join(
                    f"{source.complete_name} (ID {source.id})" for source in sources
                ),
            )
        targets.sudo()._message_log_batch(bodies=bodies)
