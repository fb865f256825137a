# shellcheck shell=bash
# System packages, by the distribution's own names.
#
# One row per need: which commands want it, how to see that it is there, and the packages that bring it
# (the first one the distribution knows is taken). "optional" needs are skipped, with a word, where the
# distribution has none.
#   cmd:NAME  a program in PATH      deb:  one of the packages is installed      py:NAME  a Python module
package_table() {
  cat <<'ROWS'
build    cmd:git            git
build    cmd:g++            g++
build    cmd:cmake          cmake
build    cmd:ninja          ninja-build
build    cmd:ccache         ccache
build    cmd:mold           mold
build    cmd:pkg-config     pkgconf|pkg-config
build    cmd:python3        python3
build    py:ensurepip       python3-venv
build    cmd:node           nodejs
build    cmd:npm            npm
build    deb:               ca-certificates
build    deb:               libboost1.81-dev|libboost-dev
build    deb:               libsimdjson-dev
build    deb:               libyaml-cpp-dev
build    deb:               libsqlite3-dev
build    deb:               libssl-dev
build    deb:               zlib1g-dev
build    deb:               libzip-dev
build    deb:               libnghttp2-dev
build    deb:               libturbojpeg0-dev|libturbojpeg-dev
build    deb:               libspng-dev
build    deb:               libcli11-dev
build    deb:               libsecp256k1-dev
build    deb:               libtss2-dev
build    deb:               libpq-dev
build    deb:               libprotobuf-dev
build    cmd:protoc         protobuf-compiler
build    deb:               doctest-dev
format   cmd:clang-format-19 clang-format-19
lint     cmd:shellcheck     shellcheck
lint     cmd:clang-tidy-19  clang-tidy-19
bench    cmd:wrk            wrk
bench    cmd:h2load         nghttp2-client
fuzz     cmd:clang++-19     clang-19
fuzz     deb:               libclang-rt-19-dev
tests    deb:               libb64-0d
peers    cmd:psql           postgresql
peers    cmd:qemu-x86_64    qemu-user
peers    deb:               libonnx-testdata
peers    cmd:docker-registry docker-registry
peers    cmd:skopeo         skopeo
peers    cmd:swtpm          swtpm
peers    cmd:tpm2_pcrextend tpm2-tools
peers    cmd:faketime       faketime
ROWS
  # Ubuntu's chromium is a snap, which needs a running snapd: there the browser tests skip.
  [ "$(distribution)" = ubuntu ] || cat <<'ROWS'
browser  cmd:chromium       chromium
browser  cmd:chromedriver   chromium-driver
ROWS
}
optional_sets=' bench format browser tests peers '

# shellcheck source=/dev/null
distribution() { (. /etc/os-release 2>/dev/null && printf '%s' "${ID:-unknown}"); }
# shellcheck source=/dev/null
distribution_name() { (. /etc/os-release 2>/dev/null && printf '%s' "${PRETTY_NAME:-an unknown system}"); }

is_there() {
  case "$1" in
    cmd:*) command -v "${1#cmd:}" >/dev/null ;;
    py:*) python3 -c "import ${1#py:}" 2>/dev/null ;;
    deb:) grep -qxE "($2) installed" <<<"$installed_packages" ;;
  esac
}

# The rows of the given sets whose need is not met, as "SET PACKAGES".
missing_needs() {
  local rows names installed_packages='' set check packages
  rows=$(package_table | awk -v sets=" $* " 'index(sets, " " $1 " ")')
  if command -v dpkg-query >/dev/null; then
    names=$(awk '{ gsub(/\|/, "\n", $3); print $3 }' <<<"$rows")
    # shellcheck disable=SC2086 # one word per package
    installed_packages=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $names 2>/dev/null || true)
  fi
  while read -r set check packages; do
    [ -z "$set" ] || is_there "$check" "$packages" || printf '%s %s\n' "$set" "$packages"
  done <<<"$rows"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

need_root() {
  [ "$(id -u)" -ne 0 ] || return 0
  command -v sudo >/dev/null || fail "sudo is missing and this is not root; as root run: apt-get install -y $*"
  sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; } ||
    fail "this user may not use sudo; have an administrator run: apt-get install -y $*"
}

# How far apt is, from the last line of its status file.
apt_share() {
  tail -n 1 "$logs/apt.status" 2>/dev/null |
    awk -F: '/^dlstatus/ { printf ", downloading %d %%", $3 } /^pmstatus/ { printf ", unpacking and setting up %d %%", $3 }'
}

# The status goes to a plain file: a pipe that apt made non-blocking broke packages' own scripts.
apt_install() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  as_root env DEBIAN_FRONTEND=noninteractive sh -c 'status=$1 && shift && dpkg --configure -a && exec "$@" 3>"$status"' sh "$logs/apt.status" \
    apt-get install -y -q --no-install-recommends -o APT::Status-Fd=3 -o Dpkg::Use-Pty=0 \
    -o Acquire::Retries=2 -o DPkg::Lock::Timeout=300 "$@"
}

known_package() {
  local candidate
  candidate=$(apt-cache policy "$1" 2>/dev/null | awk '/Candidate:/ { print $2 }')
  [ -n "$candidate" ] && [ "$candidate" != '(none)' ]
}

# Prints the first package of "a|b|c" that this distribution has.
choose_package() {
  local package
  for package in ${1//|/ }; do
    if known_package "$package"; then
      printf '%s\n' "$package"
      return
    fi
  done
  return 1
}

first_choices() { awk '{ sub(/\|.*/, "", $2); print $2 }' <<<"$1" | paste -sd' '; }

# install_packages SET…
install_packages() {
  local missing set packages package wanted=()
  step "system packages for: $*"
  if [ -n "${OREE_SKIP_PACKAGES:-}" ]; then
    note "left to you (OREE_SKIP_PACKAGES)"
    return
  fi
  missing=$(missing_needs "$@")
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null ||
    fail "./run installs packages on Debian and Ubuntu only and this is $(distribution_name): install the counterparts of $(first_choices "$missing"), then set OREE_SKIP_PACKAGES=1."
  need_root "$(first_choices "$missing")"
  need_disk 2000
  clocked "package lists" apt-update as_root apt-get update -q -o Acquire::Retries=2 -o APT::Update::Error-Mode=any ||
    fail "no package lists: the distribution's mirror did not answer (see $logs/apt-update.log); connect this machine to the network and run again."
  while read -r set packages; do
    if package=$(choose_package "$packages"); then
      wanted+=("$package")
    elif [[ $optional_sets == *" $set "* ]]; then
      note "no ${packages%%|*} in $(distribution_name): the checks that use it will skip"
    else
      fail "$(distribution_name) has no package ${packages//|/ or }; use Debian 12, Debian 13 or Ubuntu 24.04, or install it by hand and set OREE_SKIP_PACKAGES=1."
    fi
  done <<<"$missing"
  [ ${#wanted[@]} -gt 0 ] || return 0
  note "installing ${wanted[*]}"
  clock_detail=apt_share clocked "packages" apt apt_install "${wanted[@]}" ||
    { last_words apt && fail "apt-get could not install the packages (its last words are above); mend that and run again."; }
}
