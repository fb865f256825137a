// Compiles OrderBook.sol into OrderBook.json: `node compile.mjs` writes it, `node compile.mjs --check` says whether
// the committed one is what the source gives.
//
// evmVersion london: a chain whose genesis stops there (Clique, most private networks) knows no PUSH0. No metadata is
// appended, so the bytes depend on the code alone and not on comments or folders.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const folder = dirname(fileURLToPath(import.meta.url));
const source = readFileSync(join(folder, "OrderBook.sol"), "utf8");
const target = join(folder, "OrderBook.json");

const answer = JSON.parse(solc.compile(JSON.stringify({
  language: "Solidity",
  sources: { "OrderBook.sol": { content: source } },
  settings: {
    evmVersion: "london",
    optimizer: { enabled: true, runs: 200 },
    metadata: { appendCBOR: false },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
})));
for (const complaint of answer.errors ?? []) console.error(complaint.formattedMessage);
const contract = answer.contracts?.["OrderBook.sol"]?.OrderBook;
if (!contract || answer.errors?.length) process.exit(1);

const text = JSON.stringify({
  contract: "OrderBook",
  solc: solc.version(),
  evm: "london",
  source_sha256: createHash("sha256").update(source).digest("hex"),
  abi: contract.abi,
  bytecode: "0x" + contract.evm.bytecode.object,
}, null, 1) + "\n";

if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
  console.log(`${target}: ${contract.evm.bytecode.object.length / 2} bytes of code`);
} else if (readFileSync(target, "utf8") !== text) {
  console.error(`${target} is not what OrderBook.sol gives; run: npm --prefix contracts run compile`);
  process.exit(1);
}
