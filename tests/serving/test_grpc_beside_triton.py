"""The same calls over gRPC to Triton itself and to `oree serve`: same answers, same codes, same sentences."""
import grpc
import numpy
import pytest
from google.protobuf.json_format import MessageToDict
from tritonclient.grpc import service_pb2 as pb
from tritonclient.grpc import service_pb2_grpc as service

RAW = numpy.arange(16, dtype="<i4").tobytes()


def infer(change=None, typed=False, **members):
    """The call of `simple`, as `change` leaves it."""
    call = pb.ModelInferRequest(**{"model_name": "simple", **members})
    for number in (0, 1):
        tensor = call.inputs.add(name=f"INPUT{number}", datatype="INT32", shape=[1, 16])
        if typed:
            tensor.contents.int_contents.extend(range(16))
        else:
            call.raw_input_contents.append(RAW)
    if change:
        change(call)
    return call


def say(place, **parameters):
    """Parameters of a call or a tensor: name=(kind, value)."""
    for name, (kind, value) in parameters.items():
        setattr(place.parameters[name], f"{kind}_param", value)


def rows(call, count):
    for number in (0, 1):
        call.inputs[number].shape[0] = count
        call.raw_input_contents[number] = RAW * count


def raw(number, value):
    return infer(lambda call: call.raw_input_contents.__setitem__(number, value))


def wish(name="OUTPUT0", **parameters):
    return infer(lambda call: say(call.outputs.add(name=name), **parameters))


def through(region, out=None):
    def change(call):
        for tensor in call.inputs:
            tensor.ClearField("contents")
            say(tensor, shared_memory_region=("string", region), shared_memory_byte_size=("int64", 64))
        if out:
            call.outputs.add(name=out)
    return infer(change, typed=True)


# In this order: those of shared memory build on each other.
SAME = {
    "live": pb.ServerLiveRequest(), "ready": pb.ServerReadyRequest(), "a model": pb.ModelReadyRequest(name="simple"),
    "nobody is ready": pb.ModelReadyRequest(name="none"), "no version is ready": pb.ModelReadyRequest(name="simple", version="9"),
    "metadata": pb.ModelMetadataRequest(name="simple"), "metadata of nobody": pb.ModelMetadataRequest(name="none"),
    "metadata of no version": pb.ModelMetadataRequest(name="simple", version="9"), "metadata of no name": pb.ModelMetadataRequest(),
    "configuration of nobody": pb.ModelConfigRequest(name="none"), "index": pb.RepositoryIndexRequest(),
    "index of the ready": pb.RepositoryIndexRequest(ready=True), "index of another repository": pb.RepositoryIndexRequest(repository_name="x"),
    "load": pb.RepositoryModelLoadRequest(model_name="simple"), "unload": pb.RepositoryModelUnloadRequest(model_name="simple"),
    "raw": infer(), "typed": infer(typed=True), "an id": infer(id="a"), "a version": infer(model_version="1"), "no version": infer(model_version="9"),
    "nobody": infer(model_name="none"), "no name": infer(model_name=""), "no inputs": pb.ModelInferRequest(model_name="simple"),
    "raw and typed": infer(lambda call: call.inputs[0].contents.int_contents.extend(range(16))),
    "too few bytes": raw(0, RAW[:60]), "too many bytes": raw(0, RAW + b"xxxx"), "no bytes": raw(0, b""),
    "another datatype": infer(lambda call: setattr(call.inputs[0], "datatype", "FP32")), "an input without a name": infer(lambda call: setattr(call.inputs[0], "name", "")),
    "eight rows": infer(lambda call: rows(call, 8)), "nine rows": infer(lambda call: rows(call, 9)),
    "an input twice": infer(lambda call: call.inputs[1].CopyFrom(call.inputs[0])), "too few numbers": infer(lambda call: call.inputs[0].contents.int_contents.pop(), typed=True),
    "one output": wish("OUTPUT1"), "no such output": wish("NOPE"), "classes": wish(classification=("int64", 3)),
    "a sequence": infer(lambda call: say(call, sequence_id=("int64", 3), sequence_start=("bool", True))),
    "a sequence in words": infer(lambda call: say(call, sequence_id=("string", "x"))), "a sequence that is true": infer(lambda call: say(call, sequence_id=("bool", True))),
    "a start that is a number": infer(lambda call: say(call, sequence_start=("int64", 1))), "a priority": infer(lambda call: say(call, priority=("uint64", 1))),
    "parameters": infer(lambda call: say(call, a=("int64", 1), b=("string", "x"), c=("double", 1.5))), "no such region": through("z"),
    "a region": pb.SystemSharedMemoryRegisterRequest(name="g", key="/oree-beside", byte_size=4096),
    "the region again": pb.SystemSharedMemoryRegisterRequest(name="g", key="/oree-beside", byte_size=4096),
    "regions": pb.SystemSharedMemoryStatusRequest(), "of no region": pb.SystemSharedMemoryStatusRequest(name="q"), "through a region": through("g", "OUTPUT1"),
    "an end": pb.SystemSharedMemoryUnregisterRequest(name="g"), "nobody's region": pb.SystemSharedMemoryUnregisterRequest(name="q"),
    "CUDA's regions": pb.CudaSharedMemoryStatusRequest(),
}


def said(document):
    """Triton's `simple` runs in its Python backend: its platform is another."""
    document.pop("platform", None)
    return document


def answer(stub, request):
    method = type(request).__name__.removesuffix("Request")
    try:
        return said(MessageToDict(getattr(stub, method)(request, timeout=10)))
    except grpc.RpcError as refused:
        return refused.code().name, refused.details().removeprefix("[request id: <id_unknown>] ")


def streamed(stub):
    """Each answer: what went wrong, or what came."""
    calls = [infer(id="first"), infer(lambda call: setattr(call.inputs[0], "datatype", "FP32")), infer(model_name="none"), infer(id="last")]
    return [each.error_message.removeprefix("[request id: <id_unknown>] ") or said(MessageToDict(each.infer_response))
            for each in stub.ModelStreamInfer(iter(calls), timeout=10)]


@pytest.mark.long
def test_the_same_calls_get_the_same_answers(triton, beside_triton, region_beside):
    theirs, ours = (service.GRPCInferenceServiceStub(grpc.insecure_channel(address)) for address in (triton.grpc, beside_triton.grpc))
    pairs = {name: (answer(theirs, request), answer(ours, request)) for name, request in SAME.items()}
    pairs["a stream"] = streamed(theirs), streamed(ours)
    different = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    assert not different, "\n".join(f"{name}\n  Triton {one}\n  here   {other}" for name, (one, other) in different.items())
