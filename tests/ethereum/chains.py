"""A chain of one node (anvil), a bare JSON-RPC client, and a consortium whose decisions go to a chain, too."""
import hashlib
import http.client
import os
import platform
import subprocess
import urllib.parse
from pathlib import Path

import json
import yaml

from consortium import Consortium
from halls import wait_for

ETHER = 10**18


def find_anvil(root) -> Path | None:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")
    binary = Path(os.environ.get("OREE_ANVIL") or root / f"contracts/node_modules/@foundry-rs/anvil-linux-{machine}/bin/anvil")
    return binary if binary.exists() else None


class Node:
    """Asks one node, and nothing else."""

    def __init__(self, url):
        self.url = url
        self.place = urllib.parse.urlsplit(url)

    def ask(self, method, *parameters):
        connection = http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=20)
        try:
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def keccak(self, data: bytes) -> bytes:
        return bytes.fromhex(self.ask("web3_sha3", "0x" + data.hex())[2:])

    def topic(self, event: str) -> str:
        return "0x" + self.keccak(event.encode()).hex()

    def executed(self, contract: str) -> list[str]:
        """The order of each Executed in the chain, oldest first, as the digest of its id."""
        asked = {"fromBlock": "0x0", "toBlock": "latest", "address": contract,
                 "topics": [self.topic("Executed(bytes32,bytes32,bytes32)")]}
        return [log["topics"][1] for log in self.ask("eth_getLogs", asked)]


def order_word(order: str) -> str:
    return "0x" + hashlib.sha256(order.encode()).hexdigest()


class Anvil(Node):
    CHAIN_ID = 31337

    def __init__(self, binary, period=1):
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--hardfork", "london", "--chain-id", str(self.CHAIN_ID), "--block-time", str(period)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if line.startswith("Listening on "):
                super().__init__("http://" + line.removeprefix("Listening on ").strip())
                break
        else:
            raise RuntimeError("anvil ended before it listened")
        # It says every block; what nobody reads would stop it.
        self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.drain.wait()

    def give(self, address):
        self.ask("anvil_setBalance", address, hex(ETHER))


def chain_words(oree, *words, check=True):
    return subprocess.run([str(oree), "chain", *map(str, words)], capture_output=True, text=True, check=check, timeout=150,
                          stdin=subprocess.DEVNULL)


def address_of(oree, key) -> str:
    key.parent.mkdir(parents=True, exist_ok=True)
    return chain_words(oree, "key", "--key", key).stdout.strip()


class ChainConsortium(Consortium):
    """What docs/formats/chain.md tells a person to do, done: keys, money, the contract, and four settings files.

    give(address) brings an account money; nodes[0] is the station's, the others the authorities' in turn.
    """

    NAMES = ("factory", "maker", "safety")

    def __init__(self, oree, folder, nodes, give, more, **maintenance):
        keys = {name: folder / f"keys/{name}" for name in ("station", *self.NAMES)}
        addresses = {name: address_of(oree, key) for name, key in keys.items()}
        self.station_address = addresses["station"]
        for address in addresses.values():
            give(address)
        words = [word for name in self.NAMES for word in ("--authority", addresses[name])]
        printed = chain_words(oree, "deploy", "--rpc", nodes[0], "--key", keys["station"], "--quorum", "2", *words).stdout
        self.chain = yaml.safe_load(printed)["ethereum"] | more
        self.contract = self.chain["contract"]
        rules = {name: {"ethereum": self.chain | {"key": str(keys[name]), "rpc": nodes[i % len(nodes)]}}
                 for i, name in enumerate(self.NAMES)}
        super().__init__(oree, folder, rules=rules, authorities=self.NAMES, maintenance={"ethereum": self.chain, **maintenance})

    def chain_state(self):
        return self.get("/api/v1/ledger").json()["chain"]["state"]

    def wait_ordered(self, order, seconds=60):
        return self.wait_state(order, "ordered", seconds=seconds)


def same_once(found, orders):
    """Every order was executed, and none twice."""
    assert sorted(found) == sorted(order_word(order) for order in orders)


__all__ = ["Anvil", "ChainConsortium", "ETHER", "Node", "address_of", "chain_words", "find_anvil", "order_word", "same_once", "wait_for"]
