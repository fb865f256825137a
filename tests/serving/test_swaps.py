"""A model that is swapped, and one that comes and goes, while others ask: nobody fails, nobody gets an answer of two
versions, and the memory comes back."""
import json
import os
import subprocess
from pathlib import Path

import pytest

DRILL = Path(os.environ.get("OREE_BINARY", "build/release/bin/oree")).parent / "oree-swap-drill"


def drill(cycles, requests):
    if not DRILL.exists():
        pytest.skip(f"{DRILL} is not built")
    ran = subprocess.run([DRILL, str(cycles), str(requests)], capture_output=True, text=True, check=True, timeout=3000)
    result = json.loads(ran.stdout)
    assert result["failed"] == 0, ran.stderr
    assert result["mixed"] == 0
    assert result["refused"] == 0
    assert result["asked"] >= requests
    return result


def test_nobody_fails_while_a_model_is_swapped():
    drill(20, 1000)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_thousand_swaps_under_a_million_requests_leave_the_memory_as_it_was():
    result = drill(1000, 1_000_000)
    assert result["rss_after_kb"] <= result["rss_before_kb"] * 1.01
