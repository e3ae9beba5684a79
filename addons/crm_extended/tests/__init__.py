from .client import (
    test_client_foreign,
    test_client_sync,
)
from .exchange import (
    test_exchange_contention,
    test_exchange_faces,
    test_exchange_feed,
    test_exchange_hostile,
    test_exchange_login,
    test_exchange_scope,
)
from .clients import (
    test_exchange_audit,
    test_exchange_credential,
    test_exchange_desk,
    test_exchange_doors,
    test_exchange_limits,
    test_exchange_own,
    test_exchange_reconcile,
    test_exchange_replay,
)
from .entities import (
    test_exchange_entities,
    test_exchange_entity_push,
    test_exchange_subject,
    test_exchange_texts,
)
from .feed import (
    test_exchange_between,
    test_exchange_digest,
    test_exchange_parts,
    test_exchange_relations,
)
from .golden import (
    test_adapters,
    test_golden,
    test_golden_run,
    test_golden_tour,
    test_source_contact,
    test_source_query,
    test_source_rights,
    test_sources_page,
    test_withdrawal,
    test_withdrawal_tour,
)
from .handover import (
    test_access,
    test_dependence,
    test_deputy,
    test_handover,
    test_handover_letter,
    test_handover_security,
    test_handover_team,
    test_handover_tour,
    test_handover_undo,
)
from .hooks import (
    test_hook_security,
    test_hook_sending,
    test_hook_service,
    test_hook_tour,
    test_hook_views,
    test_hook_workers,
)
from .interactions import (
    test_interaction,
    test_interaction_access,
    test_interaction_upkeep,
)
from .loyalty import (
    test_ledger,
    test_ledger_guards,
    test_ledger_parallel,
    test_ledger_property,
    test_loyalty_card,
    test_loyalty_care,
    test_loyalty_sale,
)
from .liability import (
    test_liability_booking,
    test_liability_period,
)
from .matching import (
    test_match,
    test_match_candidate,
    test_match_merge,
    test_match_quality,
    test_match_security,
)
from .policies import (
    test_policy_apply,
    test_policy_conflict,
    test_policy_contact,
    test_policy_order,
    test_policy_override,
    test_policy_security,
    test_policy_tour,
)
from .picture import (
    test_lifecycle,
    test_picture,
    test_picture_security,
    test_picture_tour,
)
from .privacy import (
    test_consent,
    test_consent_lists,
    test_erasure,
    test_personal_data,
    test_privacy_request,
    test_privacy_rpc,
    test_privacy_tour,
    test_retention,
)
from .profile import (
    test_attribute,
    test_need,
    test_profile_security,
    test_profile_tour,
    test_quality,
)
from .programmes import (
    test_budget,
    test_budget_parallel,
    test_candidates,
    test_conduct,
    test_event,
    test_programme_security,
    test_simulation,
    test_uplift,
)
from .push import (
    test_push,
    test_push_bulk,
    test_push_desk,
    test_push_faces,
    test_push_keys,
    test_push_merge,
    test_push_scope,
)
from .relations import (
    test_relation,
    test_relation_drawing,
    test_relation_merge,
    test_relation_security,
    test_relation_tour,
)
from .offers import (
    test_offer,
    test_offer_run,
    test_offer_security,
)
from .merging import (
    test_merge,
    test_merge_accounting,
    test_merge_callers,
    test_merge_odoo,
    test_merge_property,
    test_merge_refused,
    test_merge_security,
    test_merge_undo,
)
from .review import (
    test_review,
    test_review_security,
    test_review_tour,
)
from .runs import (
    test_run,
)
from .segments import (
    test_partner_merge,
    test_score,
    test_score_band,
    test_segment,
    test_segment_condition,
    test_segment_event,
    test_segment_fit,
    test_segment_history,
    test_segment_picture,
    test_segment_preview,
    test_segment_property,
    test_segment_security,
    test_segment_use,
    test_segment_view,
)
from .sources import (
    test_import,
    test_import_command,
    test_import_file,
    test_import_hostile,
    test_import_proposal,
    test_import_security,
    test_import_steps,
    test_import_tour,
    test_purchase,
    test_source,
)
from .page import (
    test_customer_page,
    test_customer_page_hostile,
    test_customer_page_tour,
)
from .portal import (
    test_exchange_portal,
    test_exchange_portal_hostile,
    test_exchange_portal_tour,
)
from .targets import (
    test_target,
    test_target_exchange,
)
from .tracking import (
    test_tracking_customer,
    test_tracking_group,
)
from .transfer import (
    test_transfer_committed,
    test_transfer_export,
    test_transfer_import,
    test_transfer_security,
    test_transfer_sftp,
    test_transfer_tour,
)
from . import test_customer_tour
from .tiers import (
    test_badge,
    test_tier,
    test_tier_security,
    test_tier_tour,
)
from .referral import (
    test_referral,
    test_referral_security,
)
