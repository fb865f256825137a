"""The fleet's words in the terminal: what is wrong is named, and nothing of it reaches the hub."""
import os
import subprocess

import pytest
from parts import DUCKS


@pytest.fixture
def say(oree):
    def words(*words, status=0):
        done = subprocess.run([str(oree), *map(str, words)], capture_output=True, text=True, timeout=60)
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    return words


def model(folder):
    folder.mkdir(parents=True)
    for file in (DUCKS / "models/ducks/1").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_publishing_the_same_model_again_changes_nothing(hub, say, tmp_path):
    works = hub()
    where = ("--hub", works.base_url)
    first, second = model(tmp_path / "ducks/1"), model(tmp_path / "ducks/2")
    said = say("fleet", "publish", first, *where)
    (second / "more.txt").write_text("more")
    say("fleet", "publish", second, *where)
    assert say("fleet", "publish", first, *where) == said
    packages = {one["version"]: one["release"] for one in works.get("/api/v1/packages").json()["packages"]}
    assert packages == {"1": 1, "2": 2}
    (first / "more.txt").write_text("other files")
    assert "a version never changes" in say("fleet", "publish", first, *where, status=4)


def test_a_folder_that_is_no_package_is_not_published(hub, say, tmp_path):
    """A hub's own folder once went to the fleet, keys and all."""
    works = hub()
    where = ("--hub", works.base_url)
    assert "is no package" in say("fleet", "publish", works.data, *where, status=2)
    assert "there is no file or folder" in say("fleet", "publish", tmp_path / "none", *where, status=3)
    package = model(tmp_path / "ducks/1")
    assert "oree model sign" in say("fleet", "publish", package, "--key", "any.key", *where, status=2)
    assert works.get("/api/v1/packages").json()["packages"] == []


def test_words_go_to_the_hub_as_they_were_written(hub, say):
    works = hub()
    where = ("--hub", works.base_url)
    assert "no station" in say("fleet", "list", "--tag", "a b&c=é", *where)
    assert "there is no roll-out 'r 1é?'" in say("rollout", "show", "r 1é?", *where, status=3)


def test_a_hub_says_which_of_its_files_is_not_there(oree, say, tmp_path):
    config = tmp_path / "hub.yaml"
    for text, names in (("hub: ''", "'hub'"), ("hub: a\ntls: {certificate: none.pem, key: none.key}", "none.pem"),
                        ("hub: a\nenrolment: {authorities: none.pem}", "none.pem"),
                        ("hub: a\npackages: {signers: [none.pem]}", "none.pem")):
        config.write_text(text)
        done = subprocess.run([oree, "hub", "--config", config, "--data", tmp_path / "data", "--port", "0"],
                              capture_output=True, text=True, timeout=30)
        assert done.returncode in (2, 3) and names in done.stderr, (text, done.stderr)
    assert "start the hub once" in say("hub", "user", "add", "ann", "--role", "admin", "--data", tmp_path / "no", status=3)


def test_a_folder_that_may_not_be_looked_into_is_said(hub, oree, tmp_path):
    works = hub()
    deep = model(tmp_path / "closed/ducks/1")
    (tmp_path / "closed").chmod(0)
    try:
        if os.access(deep, os.R_OK):  # root looks into anything; a name that is too long fails in the same way
            deep = tmp_path / ("n" * 300) / "1"
        done = subprocess.run([oree, "fleet", "publish", deep, "--hub", works.base_url], capture_output=True, text=True,
                              timeout=30)
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert done.returncode == 3 and str(deep) in done.stderr, done
    done = subprocess.run([oree, "demo", "fleet", "--examples", tmp_path / ("n" * 300)], capture_output=True, text=True,
                          timeout=30)
    assert done.returncode == 3 and "--examples" in done.stderr, done
