import hashlib
import json
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize, html2plaintext

from ...loading.customer_fields import to_fields, to_targets
from ...survivorship.voice import is_filled

_TEXT = 256  # characters of a value that came from outside


class Source(models.Model):
    """Receives what is said elsewhere than in files: mails, forms, chats, surveys."""

    _inherit = "crm.source"

    @api.model
    def _receive(self, kind, rows, company=None):
        """Keep rows as received, each with its customer; then rules or people decide.

        The values of a source that only proposes wait for a person. Others are voices:
        what is new is decided at once. The same row twice changes nothing. Without an
        active source of the kind nothing is kept.

        :param kind: as in crm.source, such as mail or web
        :param rows: list of ``{"key", "partner_id", "payload", "accepted"}``; accepted
            by target of the import, partner_id may be None
        :param company: res.company, whose own source comes before the shared one
        :return: crm.source.record of what was new
        """
        source = self._get_by_kind(kind, company)
        records = self.env["crm.source.record"].sudo()
        rows = [_clean_row(row) for row in rows if row["accepted"]]
        if not source or not rows:
            return records
        before = source._get_before([row["key"] for row in rows])
        kept = records.browse(source._keep_rows(rows))
        source.sudo().last_received_at = fields.Datetime.now()
        if source.proposes:
            kept._find_proposals()
        else:
            source._decide_news(kept, before)
        return kept

    @api.model
    def _get_by_kind(self, kind, company=None):
        companies = [False, company.id] if company else [False]
        domain = [("kind", "=", kind), ("company_id", "in", companies)]
        # sudo: whoever sends a form sees no sources
        sources = self.sudo().search(domain, order="company_id, id")
        mappings = self.env["crm.import.mapping"].sudo()
        by_file = mappings.search([("source_id", "in", sources.ids)]).source_id
        return (sources - by_file)[:1]  # files of a web shop are no forms

    def _get_before(self, keys):
        records = self.env["crm.source.record"].sudo()
        domain = [("source_id", "=", self.id), ("key", "in", keys)]
        return {record.key: record.accepted or {} for record in records.search(domain)}

    def _keep_rows(self, rows):
        """One statement for all rows; :return: ids of those that say something new."""
        self.env["crm.source.record"].flush_model()
        by_key = {row["key"]: row for row in rows}
        rows = list(by_key.values())
        accepted = [json.dumps(row["accepted"], sort_keys=True) for row in rows]
        found = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_source_record AS r
                    (source_id, key, partner_id, payload, accepted, payload_hash,
                     received_at, received_by,
                     create_uid, create_date, write_uid, write_date)
                SELECT %(source)s, v.key, v.partner, v.payload, v.accepted, v.hash,
                       %(now)s, %(user)s, %(user)s, %(now)s, %(user)s, %(now)s
                FROM unnest(%(keys)s::text[], %(partners)s::int[],
                            %(payloads)s::jsonb[], %(accepted)s::jsonb[],
                            %(hashes)s::text[])
                     AS v(key, partner, payload, accepted, hash)
                ON CONFLICT (source_id, key) DO UPDATE SET
                    partner_id = COALESCE(EXCLUDED.partner_id, r.partner_id),
                    payload = EXCLUDED.payload, accepted = EXCLUDED.accepted,
                    payload_hash = EXCLUDED.payload_hash, observed = (
                        SELECT jsonb_object_agg(old.key,
                            COALESCE(r.observed->>old.key, r.received_at::text))
                        FROM jsonb_each(r.accepted) AS old
                        WHERE old.value = EXCLUDED.accepted->old.key),
                    received_at = EXCLUDED.received_at,
                    received_by = EXCLUDED.received_by,
                    write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
                WHERE r.payload_hash IS DISTINCT FROM EXCLUDED.payload_hash
                   OR (r.partner_id IS NULL AND EXCLUDED.partner_id IS NOT NULL)
                RETURNING id
                """,
                source=self.id,
                now=self.env.cr.now(),
                user=self.env.uid,
                keys=[row["key"] for row in rows],
                partners=[row.get("partner_id") or None for row in rows],
                payloads=[json.dumps(row["payload"]) for row in rows],
                accepted=accepted,
                hashes=[_hash(text) for text in accepted],
            )
        )
        self.env["crm.source.record"].invalidate_model()
        return [id_ for (id_,) in found]

    def _decide_news(self, records, before):
        watched = self.env["crm.survivorship.rule"]._get_watched()
        names = defaultdict(set)
        for record in records.filtered("partner_id"):
            old, new = to_fields(before.get(record.key)), record._get_said()
            for name in watched & (old.keys() | new.keys()):
                if old.get(name) != new.get(name):
                    names[record.partner_id.id].add(name)
        if names:
            self.env["crm.golden"].sudo()._redecide(names)

    # ------------------------------------------------------------------ collecting

    @api.model
    def _find_customers_by_email(self, emails):
        """Addresses -> customer, where exactly one active customer has the address."""
        wanted = {email_normalize(email) for email in emails if email} - {False}
        if not wanted:
            return {}
        groups = (
            self.env["res.partner"]
            .sudo()
            ._read_group(
                [
                    ("email_normalized", "in", list(wanted)),
                    ("is_technical", "=", False),
                ],
                ["email_normalized"],
                ["id:recordset"],
            )
        )
        return {email: people.id for email, people in groups if len(people) == 1}

    @api.model
    def _cron_collect(self):
        """Read chats and surveys that ended since yesterday; each is kept once."""
        since = fields.Datetime.now() - timedelta(days=2)
        self._collect_surveys(since)
        self._collect_chats(since)

    @api.model
    def _collect_surveys(self, since):
        """Names and addresses that people gave in a survey."""
        if not self._get_by_kind("survey"):
            return
        answers = self.env["survey.user_input"].sudo()
        answers = answers.search(
            [
                ("state", "=", "done"),
                ("test_entry", "=", False),
                ("end_datetime", ">=", since),
                "|",
                ("email", "!=", False),
                ("nickname", "!=", False),
            ]
        )
        known = self._find_customers_by_email(answers.mapped("email"))
        rows = []
        for answer in answers:
            said = {"email": answer.email, "name": answer.nickname}
            email = email_normalize(answer.email or "")
            rows.append(
                {
                    "key": f"survey.user_input,{answer.id}",
                    "partner_id": answer.partner_id.id or known.get(email),
                    "payload": {"survey": answer.survey_id.title, **said},
                    "accepted": {k: v for k, v in said.items() if v},
                }
            )
        self._receive("survey", rows)

    @api.model
    def _collect_chats(self, since):
        """Names and addresses that visitors of the web site left in a chat."""
        channels = self.env["discuss.channel"].sudo()
        if "livechat_end_dt" not in channels._fields or not self._get_by_kind("chat"):
            return
        ended = channels.search(
            [("channel_type", "=", "livechat"), ("livechat_end_dt", ">=", since)]
        )
        told = self._read_chatbot(ended)
        said = {}
        for channel in ended:
            guest = channel.livechat_customer_guest_ids[:1]
            person = channel.livechat_customer_partner_ids[:1]
            values = {
                "name": guest.name if _is_named(guest) else False,
                "email": guest.email if guest else False,
                **told.get(channel.id, {}),
            }
            values = {k: v for k, v in values.items() if v}
            if values.keys() & {"email", "phone"} or (person and values):
                said[channel] = (person, values)
        known = self._find_customers_by_email(
            values.get("email") for _person, values in said.values()
        )
        self._receive(
            "chat",
            [
                {
                    "key": f"discuss.channel,{channel.id}",
                    "partner_id": person.id
                    or known.get(email_normalize(values.get("email") or "")),
                    "payload": {"chat": channel.name, **values},
                    "accepted": values,
                }
                for channel, (person, values) in said.items()
            ],
        )

    @api.model
    def _read_chatbot(self, channels):
        """What visitors answered to a chatbot's questions for an address or a phone."""
        kinds = {"question_email": "email", "question_phone": "phone"}
        if "chatbot.message" not in self.env or not channels:
            return {}
        answers = self.env["chatbot.message"].sudo()
        answers = answers.search(
            [
                ("discuss_channel_id", "in", channels.ids),
                ("script_step_id.step_type", "in", list(kinds)),
                ("user_raw_answer", "!=", False),
            ]
        )
        told = defaultdict(dict)
        for answer in answers:
            text = " ".join(html2plaintext(answer.user_raw_answer).split())
            if text:
                told[answer.discuss_channel_id.id][
                    kinds[answer.script_step_id.step_type]
                ] = text
        return told


def _is_named(guest):
    return bool(guest) and not (guest.name or "").casefold().startswith("visitor")


def _clean_row(row):
    accepted = {
        target: " ".join(value.split())[:_TEXT] if isinstance(value, str) else value
        for target, value in row["accepted"].items()
        if is_filled(value)
    }
    payload = {str(k): str(v)[:1000] for k, v in row["payload"].items() if v}
    return {**row, "accepted": to_targets(accepted), "payload": payload}


def _hash(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
