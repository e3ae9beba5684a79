from . import (
    test_doors,
    test_exchange_case,
    test_interaction,
    test_loyalty_event,
    test_mail_hostile,
    test_mail_in,
    test_phonecall,
    test_policy,
    test_queue,
    test_guard,
    test_security,
    test_work_item,
)
