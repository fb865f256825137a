"""More than a server can do, clients that go, deadlines: everybody is answered, nothing is computed for nobody."""
import json
import socket
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

SIDE = 256


def slow(folder, name, steps, config):
    """y = x multiplied `steps` times by a matrix: some milliseconds for each ten of them."""
    path = folder / name / "1/model.onnx"
    path.parent.mkdir(parents=True)
    weight = numpy.eye(SIDE, dtype=numpy.float32)
    nodes = [helper.make_node("MatMul", [f"t{i}" if i else "x", "w"], [f"t{i + 1}" if i + 1 < steps else "y"]) for i in range(steps)]
    shape = [SIDE, SIDE]
    graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)], [numpy_helper.from_array(weight, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    (folder / name / "config.pbtxt").write_text(config)


def request_of(address, name, **parameters):
    """A whole HTTP request, with the tensor as binary data."""
    body = numpy.ones((SIDE, SIDE), numpy.float32).tobytes()
    head = json.dumps({"parameters": parameters, "inputs": [{"name": "x", "shape": [SIDE, SIDE], "datatype": "FP32",
                                                             "parameters": {"binary_data_size": len(body)}}],
                       "outputs": [{"name": "y", "parameters": {"binary_data": True}}]}).encode()
    fields = {"Host": address, "Content-Length": str(len(head) + len(body)), "Inference-Header-Content-Length": str(len(head)),
              "Content-Type": "application/octet-stream"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST /v2/models/{name}/infer HTTP/1.1\r\n{lines}\r\n".encode() + head + body


def ask(address, request):
    """Status, and the error's text when there is one."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=120) as connection:
        connection.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += connection.recv(65536)
        head, body = got.split(b"\r\n\r\n", 1)
        length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")).split(b":")[1])
        while len(body) < length:
            body += connection.recv(1 << 20)
    status = int(head.split()[1])
    return status, json.loads(body)["error"] if status != 200 else ""


def failures(server, name):
    """By reason, as /metrics says."""
    text = urllib.request.urlopen(f"{server.url}/metrics").read().decode()
    rows = [line for line in text.splitlines() if line.startswith("nv_inference_request_failure{") and f'model="{name}"' in line]
    return {line.split('reason="')[1].split('"')[0]: float(line.rsplit(" ", 1)[1]) for line in rows}


def successes(server, name):
    stats = json.load(urllib.request.urlopen(f"{server.url}/v2/models/{name}/stats"))["model_stats"][0]
    return stats["inference_stats"]["success"]["count"]


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize(("words", "config"), [
    ((), "dynamic_batching { default_queue_policy { max_queue_size: 2 } }\ninstance_group [{ count: 1 }]\n"),
    (("--max-wait-ms", "1"), "instance_group [{ count: 1 }]\n"),
])
def test_more_than_it_can_do_is_refused_and_nothing_is_lost(serve, tmp_path, words, config):
    slow(tmp_path, "slow", 20, config)
    server = serve(tmp_path, *words)
    request = request_of(server.address, "slow")
    assert ask(server.address, request)[0] == 200  # from here on it knows what a run takes
    with ThreadPoolExecutor(16) as crowd:
        answers = list(crowd.map(lambda _: ask(server.address, request), range(160)))
    statuses = [status for status, _ in answers]
    assert statuses.count(200) + statuses.count(503) == 160
    assert statuses.count(200) > 0 and statuses.count(503) > 0
    assert {text for status, text in answers if status == 503} == {"Exceeds maximum queue size"}
    assert successes(server, "slow") == 1 + statuses.count(200)
    assert failures(server, "slow")["REJECTED"] == statuses.count(503)


def test_who_says_nothing_may_wait_in_a_long_line(serve, tmp_path):
    slow(tmp_path, "slow", 2, "")
    server = serve(tmp_path)
    request = request_of(server.address, "slow")
    with ThreadPoolExecutor(32) as crowd:
        assert {status for status, _ in crowd.map(lambda _: ask(server.address, request), range(128))} == {200}


def test_what_nobody_waits_for_is_not_computed(serve, tmp_path):
    slow(tmp_path, "slow", 300, "instance_group [{ count: 1 }]\n")
    server = serve(tmp_path)
    request = request_of(server.address, "slow")
    host, port = server.address.split(":")
    with ThreadPoolExecutor(1) as first:
        running = first.submit(ask, server.address, request)
        gone = []
        for _ in range(4):
            gone.append(socket.create_connection((host, int(port))))
            gone[-1].sendall(request)
        metric = 'nv_inference_pending_request_count{model="slow",version="1"} 5'
        until(lambda: running.done() or metric in urllib.request.urlopen(f"{server.url}/metrics").read().decode())
        for connection in gone:
            connection.close()
        assert running.result()[0] == 200
    assert ask(server.address, request)[0] == 200  # after everything that came before it
    told = failures(server, "slow")
    assert told["CANCELED"] + successes(server, "slow") == 6 and told["CANCELED"] >= 2, told


def test_a_deadline_is_kept_while_others_run(serve, tmp_path):
    slow(tmp_path, "slow", 300, "instance_group [{ count: 1 }]\n")
    server = serve(tmp_path)
    with ThreadPoolExecutor(2) as crowd:
        first = crowd.submit(ask, server.address, request_of(server.address, "slow"))
        metric = 'nv_inference_pending_request_count{model="slow",version="1"} 1'
        until(lambda: metric in urllib.request.urlopen(f"{server.url}/metrics").read().decode())
        second = ask(server.address, request_of(server.address, "slow", timeout=1000))
        assert not first.done()
        assert second == (503, "Request timeout expired")
        assert first.result()[0] == 200
    assert successes(server, "slow") == 1
