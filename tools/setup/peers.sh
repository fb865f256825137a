# shellcheck shell=bash
# Foreign services that the long tests run against and ./run test uses where they are there.

geth_binary=.deps/geth/geth
perf_analyzer=.deps/perf_analyzer

# Made for x86-64 alone.
fetch_perf_analyzer() {
  local wanted wheels downloads=.deps/downloads-perf_analyzer
  step "perf_analyzer"
  wanted=$(digest <tools/setup/perf_analyzer.txt)
  if [ -x $perf_analyzer/lib/perf_analyzer ] && fresh perf_analyzer "$wanted"; then return; fi
  if [ "$(uname -m)" = x86_64 ] && wheels=$(wheel_of perf_analyzer 17 manylinux1_x86_64 manylinux2014_x86_64); then
    unpack_libraries "$wheels" $perf_analyzer '*/perf_analyzer' '*/libcudart.so*'
    chmod +x $perf_analyzer/lib/perf_analyzer
    stamp perf_analyzer "$wanted"
  else
    note "no perf_analyzer (see $logs/perf_analyzer.log): its tests will skip"
  fi
  rm -rf $downloads
}

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
