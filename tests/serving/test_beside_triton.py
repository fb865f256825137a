"""The same questions to Triton itself and to `oree serve`: same answers, or a difference that is named here with its reason."""
import gzip
import json

import numpy
import pytest
import requests

ROW = list(range(16))
RAW = numpy.arange(16, dtype="<i4").tobytes()
INFER = "/v2/models/simple/infer"
REGION = "/v2/systemsharedmemory"


def inputs(which=None, without=None, **changes):
    """Both inputs of `simple`, the one of the given number changed."""
    both = [{"name": f"INPUT{i}", "shape": [1, 16], "datatype": "INT32", "data": ROW} for i in (0, 1)]
    for number in (0, 1) if which is None else (which,):
        both[number].update(changes)
        both[number].pop(without, None)
    return both


def ask(*given, path=INFER, **members):
    return "POST", path, json.dumps(dict({"inputs": given[0]} if given else {}, **members)).encode(), {}


def get(path):
    return "GET", path, None, {}


def binary(size=64, extra=b"", head=None, outputs=None, parameters=None):
    both = [{"name": f"INPUT{i}", "shape": [1, 16], "datatype": "INT32", "parameters": {"binary_data_size": size}} for i in (0, 1)]
    words = {"inputs": both, **({"outputs": outputs} if outputs else {}), **({"parameters": parameters} if parameters else {})}
    text = json.dumps(words).encode()
    return "POST", INFER, text + RAW * 2 + extra, {"Inference-Header-Content-Length": str(len(text) if head is None else head)}


def wish(**parameters):
    return [{"name": "OUTPUT0", "parameters": parameters}]


def regions(**parameters):
    return [{"name": f"INPUT{i}", "shape": [1, 16], "datatype": "INT32", "parameters": {"shared_memory_region": "r", **parameters}} for i in (0, 1)]


def rows(count):
    return inputs(shape=[count, 16], data=ROW * count)


# In this order: those of shared memory build on each other.
SAME = {
    "metadata": get("/v2/models/simple"), "metadata of a version": get("/v2/models/simple/versions/1"),
    "metadata of no version": get("/v2/models/simple/versions/9"), "metadata of a word": get("/v2/models/simple/versions/x"),
    "metadata of nobody": get("/v2/models/none"), "configuration of nobody": get("/v2/models/none/config"),
    "index": ask(path="/v2/repository/index"), "index of the ready": ask(path="/v2/repository/index", ready=True),
    "index by GET": get("/v2/repository/index"), "load": ask(path="/v2/repository/models/simple/load"),
    "unload": ask(path="/v2/repository/models/simple/unload"), "no such path": get("/v2/nosuch"),
    "PUT": ("PUT", "/v2", b"", {}), "health by POST": ("POST", "/v2/health/live", b"", {}), "infer by GET": get(INFER),
    "numbers": ask(inputs()), "a version": ask(inputs(), path="/v2/models/simple/versions/1/infer"), "an id": ask(inputs(), id="abc"),
    "an id that is a number": ask(inputs(), id=3), "parameters": ask(inputs(), parameters={"a": 1, "b": "x", "c": True}),
    "a parameter that is an object": ask(inputs(), parameters={"a": {}}),
    "a priority": ask(inputs(), parameters={"priority": 1, "timeout": 10_000_000}),
    "a priority in words": ask(inputs(), parameters={"priority": "x"}), "a negative timeout": ask(inputs(), parameters={"timeout": -1}),
    "a sequence": ask(inputs(), parameters={"sequence_id": 3, "sequence_start": True}),
    "a sequence in words": ask(inputs(), parameters={"sequence_id": "three"}),
    "a negative sequence": ask(inputs(), parameters={"sequence_id": -3}), "a start that is a number": ask(inputs(), parameters={"sequence_start": 3}),
    "no inputs": ask(), "inputs as an object": ask({}), "an empty list": ask([]), "one input": ask(inputs()[:1]), "one twice": ask(inputs() + inputs()[:1]),
    "no name": ask(inputs(0, "name")), "no shape": ask(inputs(0, "shape")), "no datatype": ask(inputs(0, "datatype")), "no data": ask(inputs(0, "data")),
    "another datatype": ask(inputs(0, datatype="FP32")), "a name that is a number": ask(inputs(0, name=3)), "a datatype that is a number": ask(inputs(0, datatype=3)),
    "a negative shape": ask(inputs(0, shape=[-1, 16])), "a shape in words": ask(inputs(0, shape="x")), "a shape of words": ask(inputs(0, shape=["x", 16])),
    "a shape of fractions": ask(inputs(0, shape=[1.5, 16])), "eight rows": ask(rows(8)), "nine rows": ask(rows(9)),
    "too little data": ask(inputs(0, data=ROW[:15])), "too much data": ask(inputs(0, data=ROW + [1])), "a fraction": ask(inputs(0, data=[1.5] + ROW[1:])),
    "a word": ask(inputs(0, data=["a"] + ROW[1:])), "a truth": ask(inputs(0, data=[True] + ROW[1:])), "a null": ask(inputs(0, data=[None] + ROW[1:])),
    "nested data": ask(inputs(0, data=[ROW])), "half nested data": ask(inputs(0, data=[ROW, 3])), "data as an object": ask(inputs(0, data={})),
    "data as a number": ask(inputs(0, data=3)), "one output": ask(inputs(), outputs=[{"name": "OUTPUT1"}]), "no such output": ask(inputs(), outputs=[{"name": "NOPE"}]),
    "an output without a name": ask(inputs(), outputs=[{}]), "outputs as an object": ask(inputs(), outputs={}), "no outputs": ask(inputs(), outputs=[]),
    "classes": ask(inputs(), outputs=wish(classification=3)), "no classes": ask(inputs(), outputs=wish(classification=0)),
    "more classes than there are": ask(inputs(), outputs=wish(classification=99)), "classes as bytes": ask(inputs(), outputs=wish(classification=2, binary_data=True)),
    "binary": binary(), "binary out": binary(parameters={"binary_data_output": True}), "one binary out": binary(outputs=[*wish(binary_data=True), {"name": "OUTPUT1"}]),
    "more bytes than said": binary(extra=b"xxxx"), "bytes that are too few": binary(size=60), "bytes that are not there": binary(size=68),
    "a head beyond the body": binary(head=99999), "a negative head": binary(head=-1), "raw, but two inputs": binary(head=0),
    "nobody": ask(inputs(), path="/v2/models/none/infer"), "no version": ask(inputs(), path="/v2/models/simple/versions/9/infer"),
    "a version in words": ask(inputs(), path="/v2/models/simple/versions/x/infer"), "gzip": ("POST", INFER, gzip.compress(ask(inputs())[2]), {"Content-Encoding": "gzip"}),
    "brotli": ("POST", INFER, b"xxxx", {"Content-Encoding": "br"}),
    "a region": ask(path=f"{REGION}/region/r/register", key="/oree-beside", offset=0, byte_size=4096),
    "the region again": ask(path=f"{REGION}/region/r/register", key="/oree-beside", offset=0, byte_size=4096),
    "regions": get(f"{REGION}/status"), "of the region": get(f"{REGION}/region/r/status"), "of no region": get(f"{REGION}/region/q/status"),
    "through a region": ask(regions(shared_memory_byte_size=64), outputs=wish(shared_memory_region="r", shared_memory_offset=128, shared_memory_byte_size=64)),
    "too little room": ask(regions(shared_memory_byte_size=64), outputs=wish(shared_memory_region="r", shared_memory_offset=128, shared_memory_byte_size=60)),
    "out to no region": ask(regions(shared_memory_byte_size=64), outputs=wish(shared_memory_region="z", shared_memory_byte_size=64)),
    "beyond a region": ask(regions(shared_memory_byte_size=64, shared_memory_offset=4090)),
    "a region without a key": ask(path=f"{REGION}/region/s/register", offset=0, byte_size=4096),
    "a region without a size": ask(path=f"{REGION}/region/s/register", key="/oree-beside"),
    "a key of nothing": ask(path=f"{REGION}/region/s/register", key="/oree-nothing", offset=0, byte_size=4096),
    "nobody's region": ask(path=f"{REGION}/region/z/unregister"), "an end": ask(path=f"{REGION}/region/r/unregister"), "all ends": ask(path=f"{REGION}/unregister"),
    "generate without inputs": ask(path="/v2/models/simple/generate", text_input="x"), "generate of nobody": ask(path="/v2/models/none/generate", text_input="x"),
    "CUDA's regions": get("/v2/cudasharedmemory/status"),
}


def platform_apart(document):
    """Triton's `simple` runs in its Python backend: no other comes from a registry."""
    return {key: value for key, value in document.items() if key != "platform"} if isinstance(document, dict) else document


def answer(base, question):
    method, path, body, fields = question
    got = requests.request(method, base + path, data=body, headers=fields, timeout=10)
    try:
        said = platform_apart(got.json())
    except ValueError:
        said = got.content
    if isinstance(said, dict) and "error" in said:
        said = said["error"].removeprefix("[request id: <id_unknown>] ")
    # What a client did wrong is a 400 here, where Triton sometimes says 500.
    status = 400 if got.status_code == 500 else got.status_code
    return status, got.headers.get("Inference-Header-Content-Length"), said


@pytest.mark.long
def test_the_same_questions_get_the_same_answers(triton, beside_triton, region_beside):
    different = {}
    for name, question in SAME.items():
        theirs, mine = answer(triton.urls["simple.bin"].removesuffix(INFER), question), answer(beside_triton.url, question)
        if theirs != mine:
            different[name] = (theirs, mine)
    assert not different, "\n".join(f"{name}\n  Triton {theirs}\n  here   {mine}" for name, (theirs, mine) in different.items())
