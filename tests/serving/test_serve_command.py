"""oree serve, oree models and oree bench, as a person uses them."""
import json
import subprocess

import requests


def run(oree, *words, **options):
    return subprocess.run([str(oree), *map(str, words)], capture_output=True, text=True, timeout=120, **options)


def test_the_sheet_says_every_version_and_what_it_did(model_server):
    requests.post(f"{model_server.url}/v1/models/simple/versions/1:predict",
                  json={"inputs": {"INPUT0": [[1] * 16], "INPUT1": [[1] * 16]}})
    sheet = requests.get(f"{model_server.url}/api/v1/models").json()
    by_name = {model["name"]: model for model in sheet["models"]}
    simple = by_name["simple"]
    assert simple["default"] == "2"
    assert [one["state"] for one in simple["versions"]] == ["READY", "READY"]
    assert simple["versions"][0]["requests"] >= 1 and simple["versions"][0]["means_us"]["infer"] > 0
    assert simple["versions"][0]["latency_us"]["p50"] > 0 and simple["versions"][0]["measured"][0]["batch"] == 1
    assert simple["versions"][0]["inputs"][0] == {"name": "INPUT0", "datatype": "INT32", "shape": [-1, 16], "optional": False,
                                                  "labels": 0}
    assert by_name["broken"]["versions"][0]["state"] == "UNAVAILABLE" and by_name["broken"]["versions"][0]["reason"]


def test_models_are_listed_loaded_and_unloaded(oree, serve, repository):
    server = serve(repository)
    listed = run(oree, "models", "list", "--url", server.address)
    assert listed.returncode == 0 and "simple" in listed.stdout and "unavailable" in listed.stdout
    assert run(oree, "models", "unload", "floats", "--url", server.address).returncode == 0
    assert requests.get(f"{server.url}/v2/models/floats/ready").status_code != 200
    assert run(oree, "models", "load", "floats", "--url", server.address).returncode == 0
    assert requests.get(f"{server.url}/v2/models/floats/ready").status_code == 200
    refused = run(oree, "models", "load", "none", "--url", server.address)
    assert refused.returncode != 0 and "none" in refused.stderr


def test_another_version_may_be_the_one_that_answers(serve, repository):
    server = serve(repository)
    body = {"inputs": {"INPUT0": [[3] * 16], "INPUT1": [[2] * 16]}}
    ask = lambda: requests.post(f"{server.url}/v1/models/simple:predict", json=body).json()["outputs"]["OUTPUT1"][0][0]  # noqa: E731
    assert ask() == 6
    assert requests.post(f"{server.url}/api/v1/models/simple/default", json={"version": "1"}).status_code == 200
    assert ask() == 1
    assert requests.post(f"{server.url}/api/v1/models/simple/default", json={"version": "9"}).status_code == 404
    assert requests.post(f"{server.url}/api/v1/models/simple/default", json={}).status_code == 400


def test_a_repository_that_is_fixed_refuses_changes(serve, repository):
    server = serve(repository, "--mode", "none")
    assert requests.post(f"{server.url}/v2/repository/models/floats/unload").status_code != 200
    assert requests.post(f"{server.url}/api/v1/models/simple/default", json={"version": "1"}).status_code == 403
    assert requests.get(f"{server.url}/v2/models/floats/ready").status_code == 200


def test_bench_compares_this_process_with_a_server(oree, model_server, repository):
    ran = run(oree, "bench", repository / "simple/1", "--url", model_server.address, "--rounds", "2", "--seconds", "0.1", "--warm-up",
              "0.05", "--clients", "1,2", "--json")
    assert ran.returncode == 0, ran.stderr
    results = json.loads(ran.stdout)["results"]
    assert [one["clients"] for one in results] == [1, 1, 2, 2]
    assert all(one["answers"] > 0 and one["failures"] == 0 for one in results)
    assert run(oree, "bench", "nothing").returncode == 3
    served = run(oree, "bench", "none", "--url", model_server.address)
    assert served.returncode == 3 and "none" in served.stderr


def test_metrics_have_an_address_of_their_own(oree, serve, repository):
    server = serve(repository, "--metrics", "127.0.0.1:0")
    requests.post(f"{server.url}/v1/models/simple:predict", json={"inputs": {"INPUT0": [[3] * 16], "INPUT1": [[2] * 16]}})
    metrics = requests.get(f"{server.url}/metrics").text
    assert "oree_process_resident_bytes" in metrics
    assert 'nv_inference_request_success{model="simple",version="2"} 1' in metrics


def test_wrong_words_are_told(oree, tmp_path):
    missing = run(oree, "serve", "--repo", tmp_path / "none", "--listen", "127.0.0.1:0", "--grpc", "off")
    assert missing.returncode == 3 and "none" in missing.stderr
    address = run(oree, "serve", "--repo", tmp_path, "--listen", "nowhere")
    assert address.returncode == 2 and "--listen" in address.stderr


def test_pages_and_api_are_served(model_server):
    page = requests.get(f"{model_server.url}/", headers={"Accept": "text/html"})
    assert page.status_code == 200 and page.url.endswith("/models/") and "<div id=\"app\">" in page.text
    api = requests.get(f"{model_server.url}/openapi.json").json()
    assert "/v2/models/{model}/infer" in api["paths"] and "/api/v1/models" in api["paths"]


def test_pages_of_other_origins_change_nothing(serve, repository):
    server = serve(repository)
    unload = f"{server.url}/v2/repository/models/floats/unload"
    assert requests.post(unload, data="{}", headers={"Origin": "http://evil.example", "Content-Type": "text/plain"}).status_code == 403
    assert requests.post(f"{server.url}/api/v1/models/simple/default", json={"version": "1"},
                         headers={"Origin": "null"}).status_code == 403
    assert requests.get(f"{server.url}/v2/models/floats/ready").status_code == 200
    assert requests.post(unload, json={}, headers={"Origin": server.url}).status_code == 200
