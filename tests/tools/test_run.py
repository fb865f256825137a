"""The door itself: what ./run says, without setting anything up."""
import os
import re
import shutil
import subprocess

import pytest


@pytest.fixture
def run(root):
    def run(*arguments, **variables):
        return subprocess.run(
            [str(root / "run"), *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **variables},
            timeout=60,
        )

    return run


def test_help_names_every_command(run):
    said = run("help")
    assert said.returncode == 0
    for command in ("demo", "build", "test", "test-long", "bench", "format", "lint", "clean"):
        assert f"\n  {command} " in said.stdout


def test_an_unknown_command_is_one_sentence_that_says_where_to_look(run):
    said = run("dance")
    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr == "error: there is no command 'dance'; './run help' lists them\n"


def test_nothing_is_coloured_away_from_a_terminal(run):
    assert "\x1b" not in run("help").stdout + run("dance").stderr


def test_it_works_from_any_folder(root, tmp_path):
    said = subprocess.run([str(root / "run"), "help"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0


def test_a_system_without_apt_is_told_what_to_install_by_hand(root, tmp_path):
    """PATH holds the shell's own tools and nothing that builds: everything is missing, apt-get too."""
    for name in ("bash", "env", "dirname", "grep", "awk", "sed", "paste", "cat"):
        (tmp_path / name).symlink_to(shutil.which(name))
    said = subprocess.run(
        [str(root / "run"), "build"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        timeout=60,
    )
    assert said.returncode == 1
    assert said.stderr.startswith("error: ./run installs packages on Debian and Ubuntu only")
    assert "g++ cmake ninja-build" in said.stderr and "OREE_SKIP_PACKAGES=1" in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_the_scripts_please_shellcheck(root):
    if not shutil.which("shellcheck"):
        pytest.skip("no shellcheck; ./run lint installs it")
    said = subprocess.run(["shellcheck", "-x", "run", ".ci/run"], cwd=root, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stdout


def test_whoever_builds_has_fetched_what_a_build_needs(root):
    """Else it works only where something else was built before: in no clean clone."""
    text = "\n".join(file.read_text() for file in [root / "run", *sorted((root / "tools/setup").glob("*.sh"))])
    functions = dict(re.findall(r"^(\w+)\(\) \{\n(.*?)^\}", text, re.M | re.S))
    builders = {name: body for name, body in functions.items()
                if re.search(r"^  (?:build_preset|configure) ", body, re.M) and name != "build_preset"}
    assert {"demo", "build", "bench", "run_tests", "run_long_tests", "lint"} <= builders.keys()
    for name, body in builders.items():
        first = re.search(r"^  (?:build_preset|configure) ", body, re.M).start()
        assert re.search(r"^  (?:set_up|fetch_for_build)$", body[:first], re.M), f"{name} builds before it has fetched"


def test_no_two_fuzzers_have_one_name(root):
    """CMake has one space of names: two rooms with a journal_fuzzer, and no fuzzer is built at all."""
    names = [file.stem for file in (root / "src").rglob("*_fuzzer.cc")]
    assert len(names) > 20
    assert sorted({name for name in names if names.count(name) > 1}) == []
