import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["bg_nbd", "gamma_gamma", "rfm"])
def test_examples_in_docstrings_hold(name):
    result = doctest.testmod(importlib.import_module(f"estimators.{name}"))
    assert result.attempted and not result.failed
