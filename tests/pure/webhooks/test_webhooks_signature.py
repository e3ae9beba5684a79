"""A receiver that uses the reference library accepts what we sign, and only that."""

import base64
import doctest
import time

import pytest
import standardwebhooks
from webhooks import retry, signature

BODY = b'{"type":"exchange.changed","data":{"head":"12"}}'


@pytest.mark.parametrize("module", [signature, retry])
def test_the_examples_hold(module):
    """Among them the known answer of the reference libraries."""
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


def headers(keys, message="msg_1", body=BODY, at=None):
    at = int(time.time()) if at is None else at
    return {
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": signature.sign(keys, message, at, body),
    }


def test_the_reference_library_accepts_a_signature():
    key = signature.new_secret()
    found = standardwebhooks.Webhook(key).verify(BODY, headers([key]))
    assert found["data"]["head"] == "12"


def test_while_rotating_holders_of_either_secret_accept():
    new, old = signature.new_secret(), signature.new_secret()
    both = headers([new, old])
    for key in (new, old):
        assert standardwebhooks.Webhook(key).verify(BODY, both)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(signature.new_secret()).verify(BODY, both)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(int(time.time()) - 100)},
    ],
)
def test_no_signed_part_can_be_changed(change):
    key = signature.new_secret()
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(key).verify(BODY, headers([key]) | change)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(key).verify(BODY + b" ", headers([key]))


def test_a_replayed_message_is_too_old():
    key = signature.new_secret()
    with pytest.raises(standardwebhooks.WebhookVerificationError, match="too old"):
        standardwebhooks.Webhook(key).verify(
            BODY, headers([key], at=int(time.time()) - 600)
        )


def test_secrets_are_of_the_standards_size_and_never_the_same():
    keys = {signature.new_secret() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert key.startswith("whsec_")
        assert 24 <= len(base64.b64decode(key[6:])) <= 64


def test_an_id_cannot_shift_the_signed_parts():
    with pytest.raises(ValueError, match="full stop"):
        signature.sign([signature.new_secret()], "msg_1.1", 1, BODY)
    assert "." not in signature.new_id()


def test_a_message_is_tried_for_about_two_days():
    longest = sum(retry.pause(n, chance=lambda: 1.0) for n in range(1, retry.ATTEMPTS))
    assert 1.5 * 86400 < longest < 3 * 86400
    pauses = [retry.pause(n) for n in range(1, 40)]
    assert max(pauses) <= retry.LONGEST


def test_receivers_that_failed_together_are_not_called_together():
    assert len({retry.pause(6) for _ in range(50)}) > 25
