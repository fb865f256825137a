"""What every test from outside shares: the built program, stations of it, the shared data, a browser.

Tests here know the program only by its command line, its files and its HTTP faces, and speak to it with
clients that are not ours.
"""
import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stations import Station  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def examples(root) -> Path:
    return root / "examples"


@pytest.fixture(scope="session")
def oree() -> Path:
    """The built program. ./run test names it in OREE_BINARY; without that, absent means skipped."""
    named = os.environ.get("OREE_BINARY")
    binary = Path(named or ROOT / "build/release/bin/oree")
    if not binary.exists():
        (pytest.fail if named else pytest.skip)(f"{binary} is not built; run ./run build")
    return binary


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The data sets that are not part of the repository."""
    folder = Path(os.environ.get("OREE_SHARED_DATA", ROOT.parent / "shared/data"))
    if not folder.is_dir():
        pytest.skip(f"no data sets at {folder}; set OREE_SHARED_DATA to their folder")
    return folder


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Remembers on the test whether it failed, so that fixtures know on their way out."""
    outcome = yield
    if outcome.get_result().failed:
        item.oree_failed = True


@pytest.fixture
def station(request, oree, tmp_path):
    """station(config, *arguments) starts `oree edge` and returns the Station; all stop after the test.

    config is a dict (written as YAML with `listen: 127.0.0.1:0` unless it says otherwise) or the path of a
    file. The log of each station is shown when the test fails.
    """
    started = []

    def start(config=None, *arguments, data=None, name=None) -> Station:
        folder = tmp_path / (name or f"station-{len(started) + 1}")
        folder.mkdir(exist_ok=True)
        one = Station(oree, folder, config or {}, arguments, data)
        started.append(one)
        return one.start()

    yield start

    failed = getattr(request.node, "oree_failed", False)
    for one in started:
        one.stop()
        if failed:
            print(f"--- log of {one.folder.name} ({one.log_file})\n{one.log_tail()}")


def start_chromium(profile: Path):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no chromium with its chromedriver on this machine; install chromium and chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless=new",
        "--no-sandbox",  # it refuses to sandbox for root, and the pages it sees are ours
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))


@pytest.fixture(scope="session")
def chromium():
    """chromium(profile) is a headless Chromium driven by Selenium, which keeps what it stores in that folder."""
    return start_chromium


@pytest.fixture(scope="session")
def one_browser(chromium, tmp_path_factory):
    """One Chromium for the whole run."""
    session = chromium(tmp_path_factory.mktemp("chromium"))
    yield session
    session.quit()


@pytest.fixture
def browser(one_browser):
    """That Chromium on an empty page, its log read: what it complains of from now on is this test's."""
    one_browser.get("about:blank")
    one_browser.get_log("browser")
    return one_browser
