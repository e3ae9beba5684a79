"""The sample code of the guide, run as a partner would: copied out of the page."""

import json
import re
import time
from pathlib import Path

import pytest
from webhooks import retry, signature

GUIDE = Path(__file__).parents[3] / "docs" / "webhooks.md"
BODY = b'{"type":"exchange.changed","data":{"entities":["customer"]}}'


@pytest.fixture(scope="module")
def sample():
    names = {"__name__": "sample"}
    for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S):
        exec(compile(block, str(GUIDE), "exec"), names)
    return names


def headers(keys, at):
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(at),
        "webhook-signature": signature.sign(keys, "msg_1", at, BODY),
    }


def test_the_sample_accepts_ours_and_nothing_else(sample):
    verify, now = sample["verify"], int(time.time())
    new, old = signature.new_secret(), signature.new_secret()
    assert verify(new, headers([new], now), BODY)
    assert verify(old, headers([new, old], now), BODY)
    assert not verify(old, headers([new], now), BODY)
    assert not verify(new, headers([new], now), BODY + b" ")
    assert not verify(new, headers([new], now - 301), BODY)
    strange = headers([new], now) | {"webhook-signature": "v1,ěš v1a,x"}
    assert not verify(new, strange, BODY)


def test_the_guide_tells_the_numbers_that_hold():
    text = " ".join(GUIDE.read_text().split())
    assert f"{retry.ATTEMPTS} attempts over about two days" in text
    assert f"`crm_extended.hook_attempts` | {retry.ATTEMPTS} |" in text
    example = re.search(r"```json\n(.*?)```", GUIDE.read_text(), re.S)[1]
    assert set(json.loads(example)) == {"type", "timestamp", "data"}
