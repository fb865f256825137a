# shellcheck shell=bash
# The chain that the tests and the robots' demo run against (anvil), and the contract's compiler.

install_contract_modules() {
  step "the contract's chain and compiler"
  contract_modules
}

contract_modules() {
  local wanted
  command -v npm >/dev/null || fail "npm is missing, which brings the chain (anvil): install nodejs and npm and run again."
  wanted=$(cat contracts/package.json contracts/package-lock.json <(node --version) | digest)
  if [ -d contracts/node_modules ] && fresh contract-modules "$wanted"; then return; fi
  # The platform's own package already holds the binary: no install script is wanted.
  clocked "installing contracts/package-lock.json" npm-contracts npm --prefix contracts ci --no-audit --no-fund --ignore-scripts ||
    fail "npm could not install contracts/package-lock.json (see $logs/npm-contracts.log); connect this machine to the network and run again."
  stamp contract-modules "$wanted"
}
