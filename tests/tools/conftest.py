"""The tools under test, run as a user runs them: by their command line, on little trees made on the spot."""
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def tool():
    """tool(name, *arguments) runs tools/<name> and returns the finished process, output as text."""

    def run(name, *arguments):
        command = [str(TOOLS / name), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture
def tree(tmp_path):
    """tree({path: text}) writes the files below an empty folder and returns it."""

    def write(files):
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path

    return write
