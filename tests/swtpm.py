"""TPMs in software, each with its own box's secrets."""
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest


def wait_until_it_answers(process, *paths):
    end = time.monotonic() + 30
    for path in paths:
        while True:
            assert process.poll() is None and time.monotonic() < end, "swtpm does not answer"
            with socket.socket(socket.AF_UNIX) as one:
                try:
                    one.connect(str(path))
                    break
                except OSError:
                    continue


class Boxes:
    def __init__(self, folders):
        if not shutil.which("swtpm"):
            pytest.skip("no swtpm on this machine")
        self.folders, self.started = folders, []

    def start(self) -> str:
        folder = self.folders.mktemp("tpm")
        place = folder / "sock"
        words = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}", "--server", f"type=unixio,path={place}",
                 "--ctrl", f"type=unixio,path={place}.ctrl", "--flags", "startup-clear,not-need-init"]
        self.started.append(subprocess.Popen(words, stderr=subprocess.DEVNULL))
        wait_until_it_answers(self.started[-1], place, Path(f"{place}.ctrl"))
        return f"swtpm:path={place}"

    def stop(self):
        for one in self.started:
            one.terminate()
            one.wait()
