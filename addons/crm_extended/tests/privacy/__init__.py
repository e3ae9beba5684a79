from . import (
    test_consent,
    test_consent_lists,
    test_erasure,
    test_personal_data,
    test_privacy_request,
    test_privacy_rpc,
    test_privacy_tour,
    test_retention,
)
