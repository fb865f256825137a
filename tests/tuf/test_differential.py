"""python-tuf and our client over the same random repositories must end alike."""
import os
from collections import Counter

import pytest

from differential import play
from simulator import ENTRY


def compare(seeds, keyring, server, tmp_path, oree):
    os.environ["OREE_BINARY"] = str(oree)
    differences, outcomes = [], Counter()
    for seed in seeds:
        found, ended = play(seed, keyring, server, tmp_path / str(seed), ENTRY)
        differences += found
        outcomes.update(ended)
    print(f"{len(seeds)} repositories:", dict(outcomes))
    assert not differences, "\n".join(differences)
    # A comparison in which everything is accepted, or everything refused, compares nothing.
    for act in ("refresh", "download"):
        assert outcomes[(act, 0, 0)] > len(seeds) / 4
        assert outcomes[(act, 1, 1)] > len(seeds) / 4


def test_8_random_repositories(keyring, server, tmp_path, oree):
    compare(range(8), keyring, server, tmp_path, oree)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("eighth", range(8))  # each an hour's work at most, on a machine that has other work
def test_1000_random_repositories(eighth, keyring, server, tmp_path, oree):
    compare(range(1000 + 125 * eighth, 1000 + 125 * (eighth + 1)), keyring, server, tmp_path, oree)
