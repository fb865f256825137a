# shellcheck shell=bash
# The pages: TypeScript to web/dist, which the build puts into the binary.

web_sources() {
  find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' | LC_ALL=C sort
}

install_web_modules() {
  local wanted
  wanted=$(cat web/package.json web/package-lock.json <(node --version) | digest)
  if [ -d web/node_modules ] && fresh web-modules "$wanted"; then return; fi
  clocked "installing web modules" npm-ci npm --prefix web ci --no-audit --no-fund ||
    fail "npm could not install web/package-lock.json (see $logs/npm-ci.log); connect this machine to the network and run again."
  stamp web-modules "$wanted"
}

build_pages() {
  local wanted
  step "pages"
  if [ ! -f web/package.json ]; then
    note "none in this checkout"
    return
  fi
  wanted=$(web_sources | tr '\n' '\0' | xargs -0 sha256sum | digest)
  if [ -d web/dist ] && fresh web-dist "$wanted"; then return; fi
  install_web_modules
  clocked "building the pages" npm-build npm --prefix web run build ||
    { last_words npm-build && fail "the pages did not build: the messages above name the file under web/ to mend."; }
  stamp web-dist "$wanted"
}
