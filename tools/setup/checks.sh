# shellcheck shell=bash
# ./run test, test-long, lint and format. A failing check does not hide the next one: all are run, the
# failures are named at the end, and the last lines are ctest's and pytest's own summaries.

failures=()

# attempt NAME COMMAND…
attempt() {
  local name=$1
  shift
  "$@" || failures+=("$name")
}

sources() { find "$@" -name '*.cc' -o -name '*.h' | LC_ALL=C sort; }

check_format() {
  if ! command -v clang-format-19 >/dev/null; then
    note "format: skipped, no clang-format-19"
    return
  fi
  sources src | tr '\n' '\0' | xargs -0 clang-format-19 --dry-run -Werror 2>&1 | head -n 40
}

check_tree() {
  step "floors, sizes, format"
  attempt floors tools/check_floors
  attempt sizes tools/check_sizes
  [ ! -f ARCHITECTURE.md ] || attempt map tools/check_floors --check-map ARCHITECTURE.md
  attempt format check_format
}

test_pages() {
  step "tests of the pages"
  [ -f web/package.json ] || { note "none in this checkout" && return; }
  attempt "pages: types" npm --prefix web run check --if-present
  attempt "pages: tests" env CI=true npm --prefix web run test --if-present
}

# run_ctest PRESET [ARGS]
run_ctest() {
  local preset=$1
  shift
  step "C++ tests ($preset)"
  mkdir -p "$logs"
  attempt "ctest ($preset)" ctest_logged "$preset" "$@"
}

# TSan of GCC 12 cannot stand some kernels' address randomisation; setarch switches it off where it may.
ctest_logged() {
  local preset=$1 steady=()
  shift
  if [ "$preset" = tsan ] && setarch -R true 2>/dev/null; then steady=(setarch -R); fi
  "${steady[@]}" ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --timeout 600 -j "$(jobs_at_once)" "$@" </dev/null |
    tee "$logs/ctest-$preset.log"
}

# Most of these wait for others rather than compute: twice as many at once as there are processors. A file stays with
# one of them, for what its tests share.
# run_pytest ARGS
run_pytest() {
  step "tests from outside"
  attempt pytest pytest_logged -n "$((2 * $(nproc)))" --dist loadfile "$@"
}

# pytest ends with 5 when nothing was chosen: fine for the long tests, a fault in ./run test.
run_long_pytest() {
  local status=0
  step "long tests from outside"
  pytest_logged -m long "$@" || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 5 ] || failures+=("pytest")
}

pytest_logged() {
  PATH=$PWD/$venv/bin:$PATH OREE_BINARY=$PWD/build/release/bin/oree "$venv/bin/python" -m pytest tests --color="$([ -n "$bold" ] && echo yes || echo no)" "$@" </dev/null |
    tee "$logs/pytest.log"
}

# The verdict, then the runners' own closing lines.
finish() {
  local preset
  if [ ${#failures[@]} -gt 0 ]; then
    printf '%sfailed:%s %s\n' "$red" "$plain" "$(printf '%s\n' "${failures[@]}" | paste -sd, | sed 's/,/, /g')"
  else
    printf 'everything passed\n'
  fi
  for preset in "$@"; do
    grep -E '^[0-9]+% tests passed' "$logs/ctest-$preset.log" || true
  done
  tail -n 1 "$logs/pytest.log"
  [ ${#failures[@]} -eq 0 ]
}

run_tests() {
  plan 14
  install_packages build format browser tests
  check_tree
  fetch_for_build
  fetch_runtimes_for_tests
  fetch_perf_analyzer
  install_contract_modules
  build_preset release
  prepare_venv tests/requirements.txt
  test_pages
  run_ctest release
  run_pytest -m "not long" "$@"
  finish release
}

run_fuzzers() {
  local fuzzer name seeds found=0
  step "fuzzers, ${OREE_FUZZ_SECONDS:-60} s each"
  while IFS= read -r fuzzer; do
    found=$((found + 1))
    name=$(basename "$fuzzer")
    # What a run finds goes beside the build; the seeds in the sources are only read.
    mkdir -p "build/fuzz/found/$name"
    seeds=$(find src -type d -path "*/corpus/$name" | head -n 1)
    attempt "$name" clocked "$name" "fuzz-$name" "$fuzzer" -max_total_time="${OREE_FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=2048 \
      -artifact_prefix="build/fuzz/found/$name-" "build/fuzz/found/$name" ${seeds:+"$seeds"}
    note "$name: $(grep -E '^(Done|stat::|SUMMARY)' "$logs/fuzz-$name.log" | head -n 1)"
  done < <(find build/fuzz -type f -name '*_fuzzer' -perm -u+x | LC_ALL=C sort)
  [ "$found" -gt 0 ] || failures+=("no fuzzer was built")
}

run_long_tests() {
  plan 17
  install_packages build browser tests fuzz peers
  fetch_for_build
  fetch_runtimes_for_tests
  fetch_perf_analyzer
  build_preset release
  build_preset asan
  run_ctest asan
  build_preset tsan
  run_ctest tsan
  build_preset fuzz
  run_fuzzers
  prepare_venv tests/requirements.txt
  install_peers
  run_long_pytest "$@"
  finish asan tsan
}

format_sources() {
  plan 2
  install_packages format
  command -v clang-format-19 >/dev/null || fail "clang-format-19 is missing: install it and run again."
  step "clang-format"
  sources src | tr '\n' '\0' | xargs -0 clang-format-19 -i
}

# The C++ files that differ from the last commit, or all of them.
tidy_files() {
  if [ "${1:-}" = --all ]; then sources src | grep '\.cc$'; else
    { git diff --name-only HEAD && git ls-files --others --exclude-standard; } | grep -E '^src/.*\.cc$' || true
  fi
}

tidy() {
  local files
  files=$(tidy_files "$@")
  [ -n "$files" ] || { note "no C++ file differs from the last commit" && return; }
  tr '\n' '\0' <<<"$files" | xargs -0 -n 1 -P "$(jobs_at_once)" clang-tidy-19 -p build/release --quiet
}

# run names every file that it sources, and -x follows them.
check_scripts() { shellcheck -x run .ci/run; }

lint() {
  plan 8
  install_packages build format lint
  check_tree
  step "shell scripts"
  attempt shellcheck check_scripts
  fetch_for_build
  step "configure"
  configure release
  step "clang-tidy"
  attempt clang-tidy tidy "$@"
  [ ${#failures[@]} -eq 0 ] || fail "${failures[*]}: the messages are above."
}
