#!/usr/bin/env python3
"""Holds every slot named in ort_api.h and its neighbours against a real onnxruntime_c_api.h.

usage: check_slots.py path/to/onnxruntime_c_api.h

The C compiler does the counting: for each slot a static assertion on offsetof() in the real table.
"""
import pathlib
import re
import subprocess
import sys
import tempfile


def declared_slots(text):
    slots = [(name, int(index)) for name, index in re.findall(r"\bk([A-Z]\w+)\{(\d+)\};", text)]
    releases = re.findall(r"ReleaseSlot<Ort(\w+)> .*?kRelease\{(\d+)\};", text)
    # The types of providers' options end in V2, the functions that give them back do not.
    releases = [(name.removesuffix("V2"), int(index)) for name, index in releases]
    return [s for s in slots if s[0] != "Release"] + [("Release" + name, index) for name, index in releases]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    header = pathlib.Path(sys.argv[1]).resolve()
    ours = "".join(file.read_text() for file in pathlib.Path(__file__).parent.glob("ort*_api.h"))
    slots = declared_slots(ours)
    if len(slots) < 30:
        sys.exit(f"only {len(slots)} slots found in the headers: this script no longer reads it right")
    lines = ["#include <stddef.h>", f'#include "{header}"']
    for name, index in slots:
        lines.append(
            f"_Static_assert(offsetof(OrtApi, {name}) == {index} * sizeof(void*), \"slot {name} is not {index}\");"
        )
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "slots.c")
        source.write_text("\n".join(lines) + "\n")
        result = subprocess.run(["cc", "-fsyntax-only", source], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    print(f"{len(slots)} slots agree with {header}")


if __name__ == "__main__":
    main()
