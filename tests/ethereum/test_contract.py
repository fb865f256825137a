"""The committed contracts/OrderBook.json against its source and the compiler that is pinned beside it."""
import hashlib
import json
import shutil
import subprocess

import pytest


@pytest.fixture(scope="module")
def compiled(root) -> dict:
    return json.loads((root / "contracts/OrderBook.json").read_text())


def test_the_compiled_contract_names_its_source(root, compiled):
    source = (root / "contracts/OrderBook.sol").read_bytes()
    assert compiled["source_sha256"] == hashlib.sha256(source).hexdigest(), "run: npm --prefix contracts run compile"


def test_the_compiler_is_the_pinned_one(root, compiled):
    package = json.loads((root / "contracts/package.json").read_text())
    assert compiled["solc"].startswith(package["devDependencies"]["solc"] + "+")


def test_the_code_takes_no_ether_and_has_no_owner(compiled):
    functions = {entry["name"]: entry["stateMutability"] for entry in compiled["abi"] if entry["type"] == "function"}
    assert "payable" not in functions.values()
    assert {name for name, kind in functions.items() if kind == "nonpayable"} == {"propose", "approve", "refuse"}
    assert not [entry for entry in compiled["abi"] if entry["type"] in ("fallback", "receive")]


def test_the_compiled_contract_is_what_the_source_gives(root):
    node = shutil.which("node")
    if node is None or not (root / "contracts/node_modules/solc").is_dir():
        pytest.skip("no Solidity compiler; run npm --prefix contracts ci")
    done = subprocess.run(
        [node, "compile.mjs", "--check"], cwd=root / "contracts", capture_output=True, text=True, timeout=170
    )
    assert done.returncode == 0, done.stderr
