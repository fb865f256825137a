# shellcheck shell=bash
# What ./run says: numbered steps, progress on anything slow, one sentence when it fails.
# On a terminal progress rewrites its line; elsewhere it prints a line now and then.

logs=.deps/log
step_number=0
step_count=1
bold='' dim='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
fi

plan() { step_count=$1; }

step() {
  step_number=$((step_number + 1))
  printf '%s[%d/%d]%s %s\n' "$bold" "$step_number" "$step_count" "$plain" "$*"
}

note() { printf '      %s\n' "$*"; }

fail() {
  printf '%serror:%s %s\n' "$red" "$plain" "$*" >&2
  exit 1
}

# One line of progress: overwritten on a terminal.
progress() {
  if [ -t 1 ]; then printf '\r\e[K      %s%s%s' "$dim" "$*" "$plain"; else note "$@"; fi
}

progress_end() { if [ -t 1 ]; then printf '\r\e[K'; fi; }

# Prints the seconds that passed, until it is killed or the shell it serves is gone. clock_detail may name a
# function that says more.
tick() {
  local seconds=0 every=20
  [ ! -t 1 ] || every=1
  while kill -0 "$$" 2>/dev/null; do
    sleep 1 >/dev/null 2>&1
    seconds=$((seconds + 1))
    [ "$seconds" -lt 2 ] || [ $((seconds % every)) -ne 0 ] || progress "$1, $seconds s$("${clock_detail:-:}")"
  done
}

# clocked LABEL LOG COMMAND…: the command's output goes to .deps/log/LOG.log; the clock shows that it lives.
clocked() {
  local label=$1 log=$logs/$2.log ticker status=0
  shift 2
  mkdir -p "$logs"
  tick "$label" &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  progress_end
  return "$status"
}

last_words() { tail -n 30 "$logs/$1.log" >&2; }

digest() { sha256sum | cut -c1-64; }

# Stamps say which state of its inputs a finished step saw.
fresh() { [ "$(cat ".deps/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p .deps/stamps && printf '%s\n' "$2" >".deps/stamps/$1"; }

need_disk() {
  local free
  free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$free" -ge "$1" ] || fail "only $free MB are free on the disk of $PWD and $1 MB are needed: make room or move the checkout."
}
