"""Chains to run against, and the helpers of tests/orders."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "orders"))

from chains import Anvil, find_anvil  # noqa: E402


@pytest.fixture
def anvil(root):
    binary = find_anvil(root)
    if binary is None:
        pytest.skip("no anvil; run npm --prefix contracts ci")
    with Anvil(binary) as running:
        yield running
