# shellcheck shell=bash
# Configure and compile one preset of CMakePresets.json.

# What a build needs and the distribution does not have: three steps, the same for whoever builds.
fetch_for_build() {
  fetch_onnxruntime
  fetch_onnx_schema
  build_pages
}

# As many compilers as there are cores, each with 1.5 GB of memory to itself.
jobs_at_once() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  printf '%s\n' "${OREE_JOBS:-$((cores < memory ? cores : memory))}"
}

# Off a terminal: ninja's [n/m] lines thinned to one per 10 %, all else passed on.
thin_progress() {
  local line share last=0
  while IFS= read -r line || [ -n "$line" ]; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      share=$((BASH_REMATCH[1] * 100 / BASH_REMATCH[2]))
      [ $((share / 10)) -eq $((last / 10)) ] || note "$share % of ${BASH_REMATCH[2]} build steps"
      last=$share
    else
      printf '%s\n' "$line"
    fi
  done
}

# Fresh when the presets changed or the checkout moved; otherwise ninja itself knows when to configure again.
configure() {
  local preset=$1 wanted presets
  shift
  wanted=$( (cat CMakePresets.json && printf '%s\n' "$PWD" "$@") | digest)
  if [ -f "build/$preset/build.ninja" ] && fresh "configure-$preset" "$wanted"; then return; fi
  presets=$(cmake --list-presets | grep -oE '"[^"]+"' | tr -d '"' | paste -sd' ')
  [[ " $presets " == *" $preset "* ]] || fail "there is no preset '$preset'; CMakePresets.json has: $presets."
  need_disk 3000
  clocked "configuring" "cmake-$preset" cmake --fresh --preset "$preset" "$@" ||
    { last_words "cmake-$preset" && fail "CMake could not configure '$preset': its message above names what is missing."; }
  stamp "configure-$preset" "$wanted"
}

compile() {
  local preset=$1 jobs arguments=()
  shift
  [ $# -eq 0 ] || arguments=(--target "$@")
  jobs=$(jobs_at_once)
  if [ -t 1 ]; then
    cmake --build "build/$preset" -j "$jobs" "${arguments[@]}"
  else
    cmake --build "build/$preset" -j "$jobs" "${arguments[@]}" 2>&1 | thin_progress
  fi
}

# build_preset PRESET [TARGET…]
build_preset() {
  local preset=$1 options=()
  shift
  step "build ($preset)"
  configure "$preset" "${options[@]}"
  compile "$preset" "$@" || fail "the build of '$preset' failed: the first error above names the file and line."
}
