# shellcheck shell=bash
# The Python side: a private environment, the tests' modules in it, ONNX Runtime's library and the schema of ONNX files.

venv=.deps/venv
onnxruntime=.deps/onnxruntime
onnxruntime_version=1.31.1
onnxruntime_oldest_minor=17 # the C API slots that we call exist since 1.17

make_venv() {
  local python
  python=$(python3 -c 'import sys; print(sys.version, sys.prefix)')
  if [ -x $venv/bin/python ] && fresh venv "$python"; then return; fi
  rm -rf $venv .deps/stamps/modules-*
  clocked "Python environment" venv python3 -m venv $venv ||
    fail "python3 could not make the environment $venv; install python3-venv and run again."
  stamp venv "$python"
}

pip() { $venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }

# prepare_venv FILE…: the modules that the requirement files name; a file that is not there names none.
prepare_venv() {
  local file files=() arguments=() wanted
  step "Python modules"
  make_venv
  for file in "$@"; do
    [ ! -f "$file" ] || { files+=("$file") && arguments+=(-r "$file"); }
  done
  wanted=$(cat "${files[@]}" | digest)
  if fresh "modules-${files[-1]//\//-}" "$wanted"; then return; fi
  clocked "installing modules" pip pip install --only-binary=:all: "${arguments[@]}" ||
    fail "pip could not install ${files[*]} (see $logs/pip.log); connect this machine to the network and run again."
  stamp "modules-${files[-1]//\//-}" "$wanted"
}

# Prints the system's libonnxruntime if it is new enough.
system_onnxruntime() {
  local file minor
  file=$( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null | awk '/libonnxruntime\.so/ { print $NF; exit }')
  [ -n "$file" ] || return 1
  file=$(readlink -f "$file")
  minor=$(sed -nE 's/.*\.so\.1\.([0-9]+).*/\1/p' <<<"$file")
  [ "${minor:-0}" -ge $onnxruntime_oldest_minor ] && printf '%s\n' "$file"
}

unpack_onnxruntime() {
  $venv/bin/python - "$1" $onnxruntime $onnxruntime_version <<'PY'
import pathlib, sys, zipfile
wheel, folder, version = sys.argv[1:]
target = pathlib.Path(folder)
(target / "lib").mkdir(parents=True, exist_ok=True)
wanted = {
    f"onnxruntime/capi/libonnxruntime.so.{version}": target / "lib" / f"libonnxruntime.so.{version}",
    "onnxruntime/LICENSE": target / "LICENSE",
    "onnxruntime/ThirdPartyNotices.txt": target / "ThirdPartyNotices.txt",
}
with zipfile.ZipFile(wheel) as archive:
    for name, path in wanted.items():
        path.write_bytes(archive.read(name))
for link in ("libonnxruntime.so.1", "libonnxruntime.so"):
    path = target / "lib" / link
    path.unlink(missing_ok=True)
    path.symlink_to(f"libonnxruntime.so.{version}")
PY
}

fetch_onnxruntime() {
  local machine downloads=.deps/downloads wanted
  step "ONNX Runtime"
  wanted=$(digest <tools/setup/onnxruntime.txt)
  if [ -f $onnxruntime/lib/libonnxruntime.so ] && fresh onnxruntime "$wanted"; then return; fi
  if system_onnxruntime >/dev/null; then
    note "the system's own: $(system_onnxruntime)"
    return
  fi
  machine=$(uname -m)
  case "$machine" in
    x86_64 | aarch64) ;;
    *) fail "no ready-made ONNX Runtime for $machine: install libonnxruntime 1.$onnxruntime_oldest_minor or newer and run again." ;;
  esac
  make_venv
  rm -rf $downloads
  clocked "downloading ONNX Runtime $onnxruntime_version (24 MB)" onnxruntime \
    pip download --no-deps --only-binary=:all: --python-version 3.11 --implementation cp \
    --platform "manylinux_2_28_$machine" --require-hashes -r tools/setup/onnxruntime.txt -d $downloads ||
    fail "ONNX Runtime $onnxruntime_version could not be downloaded with pip (see $logs/onnxruntime.log); connect this machine to the network and run again."
  unpack_onnxruntime $downloads/onnxruntime-*.whl
  rm -rf $downloads
  stamp onnxruntime "$wanted"
  note "$onnxruntime/lib/libonnxruntime.so.$onnxruntime_version"
}

# The schema of ONNX files, from which protoc makes C++ (src/platform/onnx); nothing else of the package is used.
fetch_onnx_schema() {
  local downloads=.deps/downloads-onnx wanted
  step "ONNX schema"
  wanted=$(digest <tools/setup/onnx.txt)
  if [ -f .deps/onnx/onnx-ml.proto ] && fresh onnx-schema "$wanted"; then return; fi
  make_venv
  rm -rf $downloads
  clocked "downloading the package onnx (9 MB)" onnx-schema \
    pip download --no-deps --only-binary=:all: --python-version 3.11 --implementation cp \
    --platform manylinux_2_28_x86_64 --require-hashes -r tools/setup/onnx.txt -d $downloads ||
    fail "the package onnx could not be downloaded with pip (see $logs/onnx-schema.log); connect this machine to the network and run again."
  mkdir -p .deps/onnx
  $venv/bin/python - $downloads/onnx-*.whl <<'PY'
import pathlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        if name == "onnx/onnx-ml.proto" or name.endswith("/LICENSE"):
            pathlib.Path(".deps/onnx", pathlib.PurePath(name).name).write_bytes(archive.read(name))
PY
  rm -rf $downloads
  stamp onnx-schema "$wanted"
}
