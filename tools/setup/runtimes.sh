# shellcheck shell=bash
# The runtimes beside ONNX Runtime: fetched where they are wanted, never needed. What is kept of their packages is
# what runs on the processor.

litert=.deps/litert
openvino=.deps/openvino

# wheel_of NAME MEGABYTES PLATFORM… prints the package that tools/setup/NAME.txt pins, downloaded.
wheel_of() {
  local name=$1 megabytes=$2 platform platforms=() downloads=.deps/downloads-$1
  shift 2
  for platform in "$@"; do platforms+=(--platform "$platform"); done
  make_venv >&2
  rm -rf "$downloads"
  clocked "downloading $name ($megabytes MB)" "$name" \
    pip download --no-deps --only-binary=:all: --python-version 3.11 --implementation cp \
    "${platforms[@]}" --require-hashes -r "tools/setup/$name.txt" -d "$downloads" >&2 || return 1
  printf '%s\n' "$downloads"/*.whl
}

# unpack_libraries WHEELS FOLDER PATTERN… keeps the files whose paths in a package (one a line) fit a pattern, and its licences.
unpack_libraries() {
  $venv/bin/python - "$@" <<'PY'
import fnmatch, pathlib, shutil, sys, zipfile
wheels, folder, *patterns = sys.argv[1:]
target = pathlib.Path(folder)
shutil.rmtree(target, ignore_errors=True)
(target / "lib").mkdir(parents=True)
for wheel in wheels.splitlines():
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            leaf = pathlib.PurePath(name).name
            if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                (target / "lib" / leaf).write_bytes(archive.read(name))
            elif "dist-info" in name and leaf.upper().startswith(("LICENSE", "THIRD")):
                (target / leaf).write_bytes(archive.read(name))
PY
}

fetch_litert() {
  local wheel wanted
  step "LiteRT"
  wanted=$(digest <tools/setup/litert.txt)
  if [ -f $litert/lib/libLiteRt.so ] && fresh litert "$wanted"; then return; fi
  wheel=$(wheel_of litert 22 "manylinux_2_27_$(uname -m)") || return 1
  unpack_libraries "$wheel" $litert '*/libLiteRt.so'
  sed -nE 's/^ai-edge-litert==([0-9.]+).*/\1/p' tools/setup/litert.txt >$litert/lib/litert.version
  rm -rf "$(dirname "$wheel")"
  stamp litert "$wanted"
  note "$litert/lib/libLiteRt.so"
}

fetch_openvino() {
  local wheel wanted
  step "OpenVINO"
  wanted=$(digest <tools/setup/openvino.txt)
  if [ -f $openvino/lib/libopenvino_c.so ] && fresh openvino "$wanted"; then return; fi
  wheel=$(wheel_of openvino 59 "manylinux_2_28_$(uname -m)" "manylinux_2_35_$(uname -m)") || return 1
  unpack_libraries "$wheel" $openvino '*/libopenvino.so*' '*/libopenvino_c.so*' '*/libopenvino_*_cpu_plugin.so' \
    '*/libopenvino_ir_frontend.so*' '*/libopenvino_onnx_frontend.so*' '*/libopenvino_tensorflow_lite_frontend.so*' \
    '*/libtbb.so*' '*/libtbbbind*' '*/libtbbmalloc.so*' '*/libhwloc*'
  ln -sf "$(basename "$(echo $openvino/lib/libopenvino_c.so.*)")" $openvino/lib/libopenvino_c.so
  rm -rf "$(dirname "$wheel")"
  stamp openvino "$wanted"
  note "$openvino/lib"
}

# ./run runtimes [litert|openvino]…
fetch_runtimes() {
  local name wanted=("$@")
  [ ${#wanted[@]} -gt 0 ] || wanted=(litert openvino)
  plan ${#wanted[@]}
  for name in "${wanted[@]}"; do
    case "$name" in litert | openvino) ;; *) fail "there is no runtime '$name'; there are litert and openvino." ;; esac
  done
  for name in "${wanted[@]}"; do
    "fetch_$name" || fail "$name could not be downloaded with pip (see $logs/$name.log); connect this machine to the network and run again."
  done
}

# For tests and benches: without them their cases skip.
fetch_runtimes_for_tests() {
  fetch_litert || note "no LiteRT (see $logs/litert.log): its tests will skip"
  fetch_openvino || note "no OpenVINO (see $logs/openvino.log): its tests will skip"
}
