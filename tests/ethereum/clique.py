"""A live Clique network on loopback: three signers of go-ethereum 1.13.15, the last that seals.

    with CliqueNetwork(folder, find_geth()) as network:
        network.urls          # JSON-RPC of each signer, whose own account is unlocked and rich
        network.kill(2); network.start_node(2)

By hand: `python3 tests/ethereum/clique.py build` makes the binary (about ten minutes on two cores; it is never made
unasked), `python3 tests/ethereum/clique.py run` starts a network and prints its addresses.

Why it starts in steps: signers that seal from birth each make a fork of their own before they meet, and then wait for
one another for ever. So all meet first, then one after the other is told to seal. A head that stands still all the
same is rolled back by half of the signers and one.
"""
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = "github.com/ethereum/go-ethereum/cmd/geth@v1.13.15"
CHAIN_ID = 1515
PASSWORD = "clique"
GAS_LIMIT = 30_000_000

# secp256k1, to know a node's address on the network before it runs.
FIELD = 2**256 - 2**32 - 977
BASE = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def find_geth() -> Path | None:
    """The binary that OREE_GETH names, or the one that build_geth() made."""
    named = os.environ.get("OREE_GETH")
    binary = Path(named or ROOT / ".deps/geth/geth")
    if binary.exists():
        return binary
    if named:
        raise FileNotFoundError(f"OREE_GETH names {binary}, which does not exist")
    return None


def build_geth() -> Path:
    """Makes .deps/geth/geth from the Go proxy. The linker flag is what Go 1.23 and later need for this version."""
    folder = ROOT / ".deps/geth"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["go", "install", "-p", "2", "-ldflags=-checklinkname=0", PACKAGE],
        env=os.environ | {"GOBIN": str(folder)},
        check=True,
    )
    return folder / "geth"


def public_point(secret: int) -> tuple[int, int]:
    def add(a, b):
        if a is None or b is None:
            return a or b
        if a[0] == b[0]:
            if (a[1] + b[1]) % FIELD == 0:
                return None
            slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, FIELD)
        else:
            slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, FIELD)
        x = (slope * slope - a[0] - b[0]) % FIELD
        return x, (slope * (a[0] - x) - a[1]) % FIELD

    total, power = None, BASE
    while secret:
        if secret & 1:
            total = add(total, power)
        power = add(power, power)
        secret >>= 1
    return total


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def wait_for(what: str, holds, seconds: float = 60):
    """Asks until it holds; what it answered. Refused connections mean not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if answer := holds():
                return answer
        except (OSError, http.client.HTTPException):
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.1)


class CliqueNode:
    def __init__(self, folder: Path, geth: Path):
        self.folder = folder
        self.geth = geth
        self.p2p, self.port, self.engine = free_ports(3)
        self.process = None
        folder.mkdir(parents=True)
        (folder / "password").write_text(PASSWORD)
        self._geth("account", "new", "--lightkdf", "--password", folder / "password")
        keystore = next((folder / "data/keystore").iterdir())
        self.address = "0x" + json.loads(keystore.read_text())["address"]
        secret = secrets.randbelow(2**255) + 1
        (folder / "data/geth").mkdir(parents=True, exist_ok=True)
        (folder / "data/geth/nodekey").write_text(f"{secret:064x}")
        x, y = public_point(secret)
        self.enode = f"enode://{x:064x}{y:064x}@127.0.0.1:{self.p2p}"
        self.url = f"http://127.0.0.1:{self.port}"

    def _geth(self, *arguments):
        command = [str(one) for one in (self.geth, "--datadir", self.folder / "data", *arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")

    def prepare(self, genesis: dict, peers: list[str]):
        (self.folder / "genesis.json").write_text(json.dumps(genesis))
        self._geth("init", self.folder / "genesis.json")
        # The listening address of the network between nodes can be bound to loopback by the file alone.
        (self.folder / "settings.toml").write_text(
            f'[Eth]\nSyncMode = "full"\nNetworkId = {CHAIN_ID}\n\n'
            f'[Node.P2P]\nNoDiscovery = true\nListenAddr = "127.0.0.1:{self.p2p}"\n'
            f"StaticNodes = {json.dumps([one for one in peers if one != self.enode])}\n"
        )

    def start(self, *more: str):
        command = [
            self.geth, "--config", self.folder / "settings.toml", "--datadir", self.folder / "data", "--ipcdisable",
            "--http", "--http.addr", "127.0.0.1", "--http.port", self.port,
            "--http.api", "eth,net,web3,clique,admin,miner,debug", "--authrpc.addr", "127.0.0.1",
            "--authrpc.port", self.engine, "--nat", "none", "--miner.etherbase", self.address,
            "--miner.gaslimit", GAS_LIMIT, "--unlock", self.address, "--password", self.folder / "password",
            "--allow-insecure-unlock", "--cache", 64, *more,
        ]  # fmt: skip
        with open(self.folder / "log.txt", "ab") as log:
            self.process = subprocess.Popen([str(one) for one in command], stdout=log, stderr=log)

    def stop(self, how=signal.SIGKILL):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def ask(self, method: str, *parameters):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def head(self) -> int:
        """The newest block's number; -1 while the node does not answer, as just after its start."""
        try:
            return int(self.ask("eth_blockNumber"), 16)
        except (OSError, http.client.HTTPException):
            return -1

    def peers(self) -> int:
        return int(self.ask("net_peerCount"), 16)


class CliqueNetwork:
    def __init__(self, folder: Path, geth: Path, signers: int = 3, period: int = 1):
        self.period = period
        self.nodes = [CliqueNode(folder / f"signer-{n + 1}", geth) for n in range(signers)]
        addresses = sorted(node.address[2:] for node in self.nodes)
        forks = "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul berlin london".split()
        genesis = {
            "config": {"chainId": CHAIN_ID, "clique": {"period": period, "epoch": 30000}}
            | {f"{fork}Block": 0 for fork in forks},
            "difficulty": "1",
            "gasLimit": hex(GAS_LIMIT),
            "extradata": "0x" + "00" * 32 + "".join(addresses) + "00" * 65,
            "alloc": {address: {"balance": hex(10**24)} for address in addresses},
        }
        for node in self.nodes:
            node.prepare(genesis, [one.enode for one in self.nodes])

    @property
    def urls(self) -> list[str]:
        return [node.url for node in self.nodes]

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def start(self):
        # One after the other: who is dialled before it listens is not dialled again for half a minute.
        for node in self.nodes:
            node.start()
            wait_for("a node's RPC", lambda node=node: node.head() >= 0, 120)
        for node in self.nodes:
            wait_for("all peers", lambda node=node: node.peers() == len(self.nodes) - 1, 150)
        # The account is unlocked a while after the RPC opens; sealing that begins before dies without a word.
        for node in self.nodes:
            wait_for("the account", lambda node=node: "Unlocked account" in (node.folder / "log.txt").read_text())
        for node in self.nodes:
            node.ask("miner_start")
        self.wait_for_head(3)
        return self

    def wait_for_head(self, number: int, seconds: float = 120):
        """Until every node that runs has this block; a chain that stands still is freed."""
        running = [node for node in self.nodes if node.process is not None]
        end, seen, since = time.monotonic() + seconds, -1, time.monotonic()
        while min(heads := [node.head() for node in running]) < number:
            if max(heads) != seen:
                seen, since = max(heads), time.monotonic()
            elif time.monotonic() - since > 10 * self.period + 5:
                self.roll_back()
                since = time.monotonic()
            if time.monotonic() > end:
                raise TimeoutError(f"the chain stands at {heads} and should have come to {number}")
            time.sleep(0.2)

    def roll_back(self):
        depth = len(self.nodes) // 2 + 1
        for node in self.nodes:
            if node.process is not None and node.head() > depth:
                node.ask("debug_setHead", hex(node.head() - depth))

    def kill(self, number: int):
        self.nodes[number].stop(signal.SIGKILL)

    def start_node(self, number: int):
        self.nodes[number].start("--mine")

    def stop(self):
        for node in self.nodes:
            node.stop()


def main():
    if sys.argv[1:] == ["build"]:
        return print(build_geth())
    if sys.argv[1:] != ["run"]:
        return sys.exit("clique.py build | run")
    geth = find_geth() or sys.exit("no geth; run: python3 tests/ethereum/clique.py build")
    folder = Path(tempfile.mkdtemp(prefix="oree-clique-"))
    try:
        with CliqueNetwork(folder / "network", geth) as network:
            print(f"chain {CHAIN_ID}", *network.urls, sep="\n", flush=True)
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM}) if sys.argv[1:] == ["run"] else None
    main()
