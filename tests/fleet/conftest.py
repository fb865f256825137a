import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

sys.path.insert(0, str(Path(__file__).parent.parent / "updates"))

from duck_packages import ducks_package  # noqa: E402
from hub import Hub  # noqa: E402


@pytest.fixture
def hub(request, oree, tmp_path):
    """hub() starts `oree hub`; hub(enrolment={...}) with other settings. All stop after the test."""
    started = []

    def start(**config) -> Hub:
        folder = tmp_path / f"hub-{len(started) + 1}"
        folder.mkdir()
        one = Hub(oree, folder, config)
        started.append(one)
        return one.start()

    yield start
    failed = getattr(request.node, "oree_failed", False)
    for one in started:
        one.stop()
        if failed:
            print(f"--- log of {one.folder.name}\n{one.log_tail()}")


@pytest.fixture(scope="session")
def ducks():
    """ducks(version): the files of a package that a real station takes."""
    return ducks_package
