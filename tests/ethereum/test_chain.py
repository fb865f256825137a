"""A station and three authorities whose decisions stand on a chain: as the documents tell a person to set it up."""
import json
import os
import signal
import stat
import subprocess

import pytest
import requests

from chains import ChainConsortium, address_of, chain_words, same_once
from clique import public_point
from halls import wait_for

ON_ANVIL = {"signers": 1, "confirmations": 1, "period": "1s"}


@pytest.fixture
def on_chain(oree, anvil, tmp_path):
    one = ChainConsortium(oree, tmp_path / "c", [anvil.url], anvil.give, ON_ANVIL)
    yield one.start()
    one.stop()


def test_the_robot_demo_goes_through_a_chain(root, oree, anvil):
    done = subprocess.run([str(oree), "demo", "robot", "--once", "--json", "--ledger", "ethereum"], capture_output=True, text=True,
                          timeout=170, cwd=root, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr + done.stdout
    story = json.loads(done.stdout)
    after = {hop["hop"]: hop["after_ms"] for hop in story["timeline"]}
    assert all(moment is not None for moment in after.values()), after
    assert after["executed on the chain, final"] <= after["quorum: in the ledger, cosigned"]
    assert story["passed"] and story["order"]["state"] == "ordered"


def test_a_demo_without_its_chain_says_how_to_get_one(oree, tmp_path):
    done = subprocess.run([str(oree), "demo", "robot", "--once", "--ledger", "ethereum"], capture_output=True, text=True, timeout=60,
                          cwd="/", env=os.environ | {"OREE_ANVIL": str(tmp_path / "nothing")}, stdin=subprocess.DEVNULL)
    assert done.returncode != 0
    assert "OREE_ANVIL" in done.stderr and str(tmp_path / "nothing") in done.stderr


def test_a_key_is_made_once_for_its_owner_alone(oree, anvil, tmp_path):
    file = tmp_path / "station.key"
    address = address_of(oree, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert address_of(oree, file) == address
    x, y = public_point(int(file.read_text().strip(), 16))
    assert address.lower() == "0x" + anvil.keccak(x.to_bytes(32, "big") + y.to_bytes(32, "big"))[-20:].hex()
    file.chmod(0o644)
    refused = chain_words(oree, "key", "--key", file, check=False)
    assert refused.returncode != 0 and "station.key" in refused.stderr


def test_a_contract_is_not_deployed_by_who_cannot_pay_or_with_an_impossible_list(oree, anvil, tmp_path):
    station, first = tmp_path / "station.key", address_of(oree, tmp_path / "a.key")
    deploy = ["deploy", "--rpc", anvil.url, "--key", station, "--authority", first]
    assert "station.key" in chain_words(oree, *deploy, "--quorum", 1, check=False).stderr
    address = address_of(oree, station)
    poor = chain_words(oree, *deploy, "--quorum", 1, check=False)
    assert poor.returncode != 0 and address in poor.stderr
    anvil.give(address)
    assert chain_words(oree, *deploy, "--quorum", 2, check=False).returncode != 0
    assert chain_words(oree, *deploy[:-1], "0x12", "--quorum", 1, check=False).returncode == 2
    assert chain_words(oree, *deploy, "--quorum", 1).stdout.startswith("ethereum: {")


def test_an_order_is_approved_once_the_chain_says_so(on_chain, anvil):
    orders = [on_chain.propose(asset=f"press-{n}") for n in range(3)]
    for order in orders:
        done = on_chain.wait_ordered(order)
        assert done["quorum"]["approvals"] >= 2
    same_once(anvil.executed(on_chain.contract), orders)
    assert on_chain.get("/api/v1/ledger").json()["kind"] == "ethereum"
    assert on_chain.chain_state() == "live"


def test_an_order_waits_for_the_chain_and_survives_everybodys_death(on_chain, anvil):
    anvil.process.send_signal(signal.SIGSTOP)
    try:
        order = on_chain.propose()
        wait_for(lambda: sum(one["decision"] == "approve" for one in on_chain.order(order)["authorities"]) >= 2)
        on_chain.hall.kill()
        for one in on_chain.authorities.values():
            one.stop(signal.SIGKILL)
            one.start()
        on_chain.hall.start()
        assert on_chain.order(order)["state"] == "proposed"
    finally:
        anvil.process.send_signal(signal.SIGCONT)
    on_chain.wait_ordered(order)
    same_once(anvil.executed(on_chain.contract), [order])


def test_a_station_on_the_wrong_chain_says_so_and_orders_nothing(oree, anvil, tmp_path):
    one = ChainConsortium(oree, tmp_path / "c", [anvil.url], anvil.give, ON_ANVIL | {"chain_id": 1})
    try:
        one.start()
        order = one.propose()
        wait_for(lambda: one.chain_state() == "wrong_chain")
        wait_for(lambda: sum(a["decision"] == "approve" for a in one.order(order)["authorities"]) == 3)
        assert one.order(order)["state"] == "proposed"
        assert anvil.executed(one.contract) == []
        assert "31337" in one.get("/api/v1/ledger").json()["chain"]["sentence"]
    finally:
        one.stop()


def test_a_block_that_was_final_and_is_rewritten_stops_the_station(on_chain, anvil):
    first = on_chain.propose()
    on_chain.wait_ordered(first)
    anvil.ask("anvil_reorg", 4, [])
    second = on_chain.propose(asset="press-2")
    wait_for(lambda: on_chain.chain_state() == "rewritten")
    assert on_chain.order(second)["state"] == "proposed"
    assert requests.get(on_chain.hall.base_url + "/api/v1/health/live", timeout=10).status_code == 200


def test_an_authority_that_cannot_pay_for_gas_is_told_and_goes_on_once_it_can(on_chain, anvil):
    accounts = [one.answers()["ethereum"] for one in on_chain.authorities.values()]
    for account in accounts:
        anvil.ask("anvil_setBalance", account, "0x0")
    order = on_chain.propose()
    log = on_chain.authorities["maker"].folder / "log"
    wait_for(lambda: "cannot pay for gas" in log.read_text(), 30)
    assert on_chain.order(order)["state"] == "proposed"
    for account in accounts:
        anvil.give(account)
    on_chain.wait_ordered(order)
    same_once(anvil.executed(on_chain.contract), [order])


def test_a_transaction_that_a_reorganisation_took_out_is_brought_again(on_chain, anvil):
    """Before finality: the last block goes, with what it held."""
    orders = []
    for number in range(3):
        orders.append(on_chain.propose(asset=f"press-{number}"))
        wait_for(lambda: anvil.ask("eth_getTransactionCount", on_chain.station_address, "latest") == hex(number + 2))
        anvil.ask("anvil_reorg", 1, [])
    for order in orders:
        on_chain.wait_ordered(order)
    same_once(anvil.executed(on_chain.contract), orders)
