"""Orders on a live network of three signers, through the death and return of one of them.

The parties are in C++ (src/services/ethereum/clique_test.cc); here the network lives.
"""
import os
import subprocess
from pathlib import Path

import pytest

from clique import CliqueNetwork, find_geth

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def parties(root) -> Path:
    named = os.environ.get("OREE_ETHEREUM_TEST")
    binary = Path(named or root / "build/release/src/services/ethereum/ethereum_test")
    if not binary.exists():
        pytest.skip(f"{binary} is not built; run ./run build")
    return binary


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    geth = find_geth()
    if geth is None:
        pytest.skip("no geth; run python3 tests/ethereum/clique.py build")
    with CliqueNetwork(tmp_path_factory.mktemp("clique"), geth) as running:
        yield running


def run_orders(parties: Path, urls: list[str]) -> None:
    done = subprocess.run(
        [parties, "--test-case=OnALiveNetwork*"],
        env=os.environ | {"OREE_CLIQUE_URLS": ",".join(urls)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "1 passed" in done.stdout and "skipped:" not in done.stdout


def test_orders_are_executed_once_by_three_nodes(parties, network):
    run_orders(parties, network.urls)


def test_two_of_three_signers_carry_on_and_the_third_comes_back(parties, network):
    network.kill(2)
    run_orders(parties, network.urls[:2])
    network.start_node(2)
    network.wait_for_head(max(node.head() for node in network.nodes[:2]) + 3)
    run_orders(parties, network.urls)
    near = min(node.head() for node in network.nodes) - 2
    hashes = {node.ask("eth_getBlockByNumber", hex(near), False)["hash"] for node in network.nodes}
    assert len(hashes) == 1
