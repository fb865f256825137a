# shellcheck shell=bash
# Foreign services that the long tests run against and ./run test uses where they are there.

geth_binary=.deps/geth/geth

install_peers() {
  local wanted
  step "foreign services"
  contract_modules
  wanted=$(cat tests/peers/azurite/package.json tests/peers/azurite/package-lock.json <(node --version) | digest)
  if [ ! -d tests/peers/azurite/node_modules ] || ! fresh azurite "$wanted"; then
    if clocked "installing a blob service" npm-azurite npm --prefix tests/peers/azurite ci --no-audit --no-fund --ignore-scripts; then
      stamp azurite "$wanted"
    else
      note "no blob service (see $logs/npm-azurite.log): its tests will skip"
    fi
  fi
  build_geth
}

# Go 1.21 and later; ten minutes on two cores, once.
build_geth() {
  local minor
  [ ! -x "$geth_binary" ] && [ -z "${OREE_GETH:-}" ] || return 0
  minor=$(go env GOVERSION 2>/dev/null | sed -nE 's/^go1\.([0-9]+).*/\1/p')
  if [ "${minor:-0}" -lt 21 ]; then
    note "no Go 1.21 or newer: the live network of three signers will be skipped"
    return
  fi
  clocked "building geth" geth python3 tests/ethereum/clique.py build ||
    note "geth was not built (see $logs/geth.log): the live network of three signers will be skipped"
}
