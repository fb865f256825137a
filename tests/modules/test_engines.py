"""Modules as containers of real engines, Podman and Docker, where they are installed. The image is one static program."""
import json
import os
import re
import shutil
import socket
import subprocess

import pytest
import requests

from engines import Docker, Podman
from test_modules import EXAMPLE, SECONDS, Box, manifest

# Says what the classifier of brief 000 says, then answers HTTP on port 80 until it is told to stop.
PROGRAM = r"""
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void stop(int number) { (void)number; write(1, "stopping\n", 9); _exit(0); }
int main(int count, char **words) {
  signal(SIGTERM, stop);
  setvbuf(stdout, 0, _IOLBF, 0);
  puts("Loading model...Success!");
  printf("I am %s\n", getenv("IOTEDGE_MODULEID"));
  if (count > 1 && !strcmp(words[1], "wait")) for (;;) pause();
  if (count > 1 && !strcmp(words[1], "eat")) for (;;) memset(malloc(1 << 20), 1, 1 << 20);
  int door = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(80)};
  if (bind(door, (struct sockaddr *)&where, sizeof where) || listen(door, 8)) return 3;
  puts(" * Running on http://0.0.0.0:80/");
  for (;;) {
    char asked[4096];
    int guest = accept(door, 0, 0);
    if (read(guest, asked, sizeof asked) > 0) {
      if (!strncmp(asked, "GET /end", 8)) return 4;
      dprintf(guest, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nfruit");
    }
    close(guest);
  }
}
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> bytes:
    if not shutil.which("gcc"):
        pytest.skip("no compiler for the image's program")
    folder = tmp_path_factory.mktemp("image")
    (folder / "classifier.c").write_text(PROGRAM)
    subprocess.run(["gcc", "-static", "-o", folder / "classifier", folder / "classifier.c"], check=True)
    return subprocess.run(["tar", "-C", folder, "-c", "classifier"], check=True, capture_output=True).stdout


@pytest.fixture(params=["podman", "docker"])
def engine(request, archive, tmp_path):
    if request.param == "docker" and not (shutil.which("dockerd") and os.geteuid() == 0):
        pytest.skip("no Docker on this machine, or no right to start it")
    if request.param == "podman" and not shutil.which("podman"):
        pytest.skip("no Podman on this machine")
    one = (Podman if request.param == "podman" else Docker)(tmp_path).serve()
    try:
        if one.service.poll() is not None:
            pytest.skip(f"Docker does not start here: {one.log.read_text()[-300:]}")
        for version in ("v1", "v2"):
            one.say("import", "-", f"fruitregistry.azurecr.io/classifier:{version}", input=archive)
        yield one
    finally:
        one.close()


def runs(box, name):
    """The module once it runs; no container at all may run on this machine, which is no fault."""
    found = box.wait(lambda: (m := box.module(name)) and (m["status"] == "running" or m.get("error")) and m, "runs")
    if re.search("OCI|netavark|iptables|cgroup", found.get("error", "")):
        pytest.skip(f"no container can run here: {found['error']}")
    assert found["status"] == "running", found
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.long
def test_a_container_outlives_a_killed_station(station, oree, tmp_path, engine):
    options = json.dumps({"Cmd": ["/classifier", "wait"], "HostConfig": {"NetworkMode": "host"}})
    box = Box(station, oree, tmp_path, manifest({"waiter": ("fruitregistry.azurecr.io/classifier:v1", {
        "settings": {"createOptions": options}})}), {}, engine=str(engine.socket))
    found = runs(box, "waiter")
    box.wait_log("waiter", "I am waiter\n")
    box.station.kill()
    box.station.start()
    assert box.wait_status("waiter", "running")["started"] == found["started"]
    box.station.stop()
    assert engine.say("ps", "-q") == b""


@pytest.mark.long
def test_the_deployment_of_brief_000_on_a_real_engine(station, oree, tmp_path, engine):
    """Its manifest as it is, but for the port and the program; then a newer image, one that no registry has, and none."""
    port = free_port()
    text = (EXAMPLE / "deployment.json").read_text()
    text = text.replace(r'\"HostPort\": \"80\"', rf'\"HostPort\": \"{port}\", \"HostIp\": \"127.0.0.1\"')
    text = text.replace(r'"createOptions": "{\"ExposedPorts\"', r'"createOptions": "{\"Cmd\": [\"/classifier\"], \"ExposedPorts\"')
    box = Box(station, oree, tmp_path, text, {}, engine=str(engine.socket))
    runs(box, "ImageClassifier")
    assert re.search(r"^ImageClassifier  running          Up .*  fruitregistry.azurecr.io/classifier:v1$",
                     box.say("list").stdout, re.M)
    said = box.wait_log("ImageClassifier", " * Running on ")
    assert said == "Loading model...Success!\nI am ImageClassifier\n * Running on http://0.0.0.0:80/\n"
    assert box.say("logs", "ImageClassifier", "--tail", "1").stdout == " * Running on http://0.0.0.0:80/\n"
    assert requests.get(f"http://127.0.0.1:{port}/image", timeout=SECONDS).text == "fruit"
    assert "× " not in box.say("check", "--verbose").stdout

    assert box.say("restart", "ImageClassifier").stdout == "Restarted ImageClassifier\n\n"
    box.wait(lambda: box.say("logs", "ImageClassifier").stdout.count("Running on") == 2, "it starts again")
    assert "stopping\n" in box.say("logs", "ImageClassifier").stdout
    started = box.wait_status("ImageClassifier", "running")["started"]
    with pytest.raises(requests.RequestException):
        requests.get(f"http://127.0.0.1:{port}/end", timeout=SECONDS)
    box.wait(lambda: box.module("ImageClassifier").get("exit_code") == 4, "it is seen to end")
    assert box.say("restart", "ImageClassifier").returncode == 0
    box.wait(lambda: (m := box.module("ImageClassifier"))["status"] == "running" and m["started"] != started, "again")

    missing = f"127.0.0.1:{free_port()}/classifier:v3"
    box.write(text.replace("fruitregistry.azurecr.io/classifier:v1", missing))
    told = box.wait(lambda: (d := box.state()["deployment"]["description"]) and missing in d and d, "told")
    assert f"cannot fetch {missing}: " in told and "connection refused" in told
    assert requests.get(f"http://127.0.0.1:{port}/image", timeout=SECONDS).text == "fruit", "the old one goes on"

    box.write(text.replace("classifier:v1", "classifier:v2"))
    box.wait(lambda: "classifier:v2" in box.say("list").stdout and box.module("ImageClassifier")["status"] == "running", "v2")
    box.write(manifest({}))
    box.wait(lambda: engine.say("ps", "-a", "-q") == b"", "removed")


@pytest.mark.long
def test_a_container_of_somebody_elses_is_left_alone_and_one_that_cannot_run_is_told(station, oree, tmp_path, engine):
    image = "fruitregistry.azurecr.io/classifier:v1"
    theirs = engine.say("create", "--network", "host", "--name", "taken", image, "/classifier", "wait").decode().split()[-1]
    here = {"Cmd": ["/classifier", "wait"], "HostConfig": {"NetworkMode": "host"}}
    modules = {"taken": here, "lost": {**here, "Cmd": ["/not-there"]}, "good": here}
    box = Box(station, oree, tmp_path, manifest({name: (image, {"settings": {"createOptions": json.dumps(options)}})
                                                 for name, options in modules.items()}), {}, engine=str(engine.socket))
    runs(box, "good")
    told = box.wait(lambda: (d := box.state()["deployment"]["description"]).count("\n") and d, "both are told")
    assert "module 'taken': the engine has a container of that name which is not this station's" in told
    assert "module 'lost'" in told and "/not-there" in told
    assert box.module("good")["status"] == "running"
    box.station.stop()
    assert theirs in engine.say("ps", "-a", "-q", "--no-trunc").decode().split()


@pytest.mark.long
def test_a_container_that_takes_more_memory_than_it_may_have_is_told(station, oree, tmp_path, engine):
    options = {"Cmd": ["/classifier", "eat"], "HostConfig": {"NetworkMode": "host", "Memory": 16 << 20}}
    box = Box(station, oree, tmp_path, manifest({"greedy": ("fruitregistry.azurecr.io/classifier:v1", {
        "restartPolicy": "never", "settings": {"createOptions": json.dumps(options)}})}), {}, engine=str(engine.socket))
    found = box.wait(lambda: (m := box.module("greedy")) and (m.get("exit_code") or m.get("error")) and m, "it ends")
    if re.search("OCI|cgroup", found.get("error", "")):
        pytest.skip(f"no limit can be set here: {found['error']}")
    assert found["exit_code"] == 137, found
    # Podman 4 on control groups of version 1 says 137 and no reason.
    knows = engine.say("inspect", "greedy", "--format", "{{.State.OOMKilled}}").strip() == b"true"
    assert ("more memory than it may have" in json.dumps(box.state())) == knows
