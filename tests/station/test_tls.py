"""The station over https, asked by clients that are not ours."""
import shutil
import socket
import ssl
import subprocess

import pytest
import requests
import urllib3

from stations import Station


def certificate(oree, *words, fails=False):
    done = subprocess.run([str(oree), "certificate", *map(str, words)], capture_output=True, text=True, timeout=30)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stdout.split() if not fails else done.stderr


@pytest.fixture(scope="module")
def site(oree, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    certificate(oree, "authority", "Usine de Lyon", "--out", folder)
    certificate(oree, "server", "hall-3.local", "127.0.0.1", "localhost", "--authority", folder, "--out", folder)
    certificate(oree, "client", "press-3", "spiffe://lyon/press-3", "--authority", folder, "--out", folder)
    return folder


def settings(site, **tls):
    return {
        "station": "hall",
        "storage": {"max_bytes": "100MB"},
        "tls": {"certificate": str(site / "hall-3.local.pem"), "key": str(site / "hall-3.local.key"), **tls},
        "telemetry": {"mqtt": {"listen": "127.0.0.1:0"}},
    }


@pytest.fixture(scope="module")
def station(oree, tmp_path_factory, site):
    one = Station(oree, tmp_path_factory.mktemp("station"), settings(site)).start()
    yield one
    one.stop()


def test_pages_and_api_come_over_https_and_on_one_connection(station, site):
    assert station.base_url.startswith("https://")
    trusted = {"verify": str(site / "authority.pem"), "timeout": 10}
    with requests.Session() as session:
        for _ in range(20):
            assert session.get(station.url("/api/v1/station"), **trusted).status_code == 200
        page = session.get(station.url("/"), headers={"Accept": "text/html"}, **trusted)
        assert "<html" in page.text


def test_a_stranger_to_the_site_does_not_trust_it(station):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(station.url("/api/v1/station"), timeout=10)


def test_curl_and_both_versions_of_tls_are_served(station, site):
    if not shutil.which("curl"):
        pytest.skip("no curl here")
    for flag, version in (("--tls-max", "1.2"), ("--tls-max", "1.3")):
        done = subprocess.run(
            ["curl", "-sS", "--cacert", str(site / "authority.pem"), flag, version, station.url("/api/v1/station")],
            capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_of_tls_are_refused(station):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    host, port = station.base_url.removeprefix("https://").split(":")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with socket.create_connection((host, int(port)), timeout=10) as plain:
            context.wrap_socket(plain)


def test_whoever_speaks_http_is_told_what_is_spoken(station):
    answer = requests.get(station.url("/").replace("https://", "http://"), timeout=10)
    assert answer.status_code == 400
    assert "https" in answer.text


def test_live_events_come_over_https(station, site):
    with requests.get(station.url("/events"), stream=True, verify=str(site / "authority.pem"), timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert next(answer.iter_content(1))


def test_a_station_that_wants_certificates_serves_only_those_who_have_one(oree, tmp_path, site):
    config = settings(site, client_ca=str(site / "authority.pem"), require_client_certificate=True)
    station = Station(oree, tmp_path, config).start()
    trusted = {"verify": str(site / "authority.pem"), "timeout": 10}
    try:
        own = (str(site / "press-3.pem"), str(site / "press-3.key"))
        assert requests.get(station.url("/api/v1/station"), cert=own, **trusted).status_code == 200
        with pytest.raises((requests.exceptions.ConnectionError, urllib3.exceptions.HTTPError)):
            requests.get(station.url("/api/v1/station"), **trusted)
    finally:
        station.stop()


def test_an_authority_is_never_written_over(oree, site):
    assert "there already" in certificate(oree, "authority", "--out", site, fails=True)


def test_a_key_is_its_owners_alone(site):
    assert (site / "hall-3.local.key").stat().st_mode & 0o077 == 0


def test_a_certificate_without_an_authority_says_how_to_make_one(oree, tmp_path):
    said = certificate(oree, "server", "a.local", "--authority", tmp_path, "--out", tmp_path, fails=True)
    assert "oree certificate authority" in said


def test_a_missing_key_is_named_before_anything_starts(oree, tmp_path, site):
    config = settings(site)
    config["tls"]["key"] = "/nowhere/station.key"
    with pytest.raises(AssertionError, match="/nowhere/station.key"):
        Station(oree, tmp_path, config).start()
