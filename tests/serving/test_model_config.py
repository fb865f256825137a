"""Configurations that cannot work: refused before anything is loaded, in the sentences that people search for. And
ensembles that start together."""
import json
import urllib.request

import pytest
from onnx import TensorProto, helper
from servers import network


def ports(inputs=("INPUT",), outputs=("OUTPUT",), kind="INT32", dims="16", more=""):
    each = [("input", name) for name in inputs] + [("output", name) for name in outputs]
    return " ".join(f'{side} {{ name: "{name}" data_type: TYPE_{kind} dims: [ {dims} ] {more} }}' for side, name in each)


def step(model, inputs, outputs, version=-1):
    maps = [("input_map", *pair) for pair in inputs.items()] + [("output_map", *pair) for pair in outputs.items()]
    pairs = " ".join(f'{side} {{ key: "{key}" value: "{value}" }}' for side, key, value in maps)
    return f'step {{ model_name: "{model}" model_version: {version} {pairs} }}'


def ensemble(*steps, batch=2, more="", **given):
    scheduling = f'ensemble_scheduling {{ {" ".join(steps)} }}'
    return f'platform: "ensemble" max_batch_size: {batch} {scheduling} {more} {ports(("data",), ("prob",), **given)}'


def echo(into="data", out="prob", model="echo", version=-1):
    return step(model, {"INPUT": into}, {"OUTPUT": out}, version)


def controls(*kinds):
    return "sequence_batching { " + " ".join(
        f'control_input {{ name: "{name}" control {{ kind: CONTROL_SEQUENCE_{kind} {value} }} }}' for name, kind, value in kinds) + " }"


# For a network with one input and one output of INT32, [-1, 16]; {name} is the model's.
OF_NETWORKS = {
    "batch_negative": ("max_batch_size: -1", "'max_batch_size' must be non-negative value for {name}"),
    "batch_input": ('batch_input { kind: BATCH_ELEMENT_COUNT target_name: "n" data_type: TYPE_FP32 } ' + ports(),
                    "batch input kind 'BATCH_ELEMENT_COUNT' expects 1 source input, got 0 for {name}"),
    "batch_output": ('batch_output { target_name: "other" kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: "INPUT" } ' + ports(),
                     "unknown target output name 'other' for {name}"),
    "two_starts": ("max_batch_size: 2 " + controls(("A", "START", "int32_false_true: [ 0, 1 ]"), ("B", "START", "int32_false_true: [ 0, 1 ]")),
                   "sequence batching specifies multiple CONTROL_SEQUENCE_START tensors for {name}"),
    "one_tensor_twice": ("max_batch_size: 2 " + controls(("A", "START", "int32_false_true: [ 0, 1 ]"), ("A", "READY", "int32_false_true: [ 0, 1 ]")),
                         "sequence batching control tensor 'A' is specified for multiple control kinds for {name}"),
    "zero_dims": ("max_batch_size: 2 " + ports(dims="0"),
                  "model input 'INPUT' dimension must be integer >= 1, or -1 to indicate a variable-size dimension for {name}"),
    "reshaped": ("max_batch_size: 2 " + ports(dims="4, 4", more="reshape { shape: [ 15 ] }"),
                 "model input 'INPUT' has different size for dims and reshape for {name}"),
    "unnamed": ('max_batch_size: 2 input { data_type: TYPE_INT32 dims: 16 }', "model input must specify 'name' for {name}"),
    "priorities": ("max_batch_size: 2 dynamic_batching { priority_levels: 2 } " + ports(),
                   "default priority level must be in range [1, 2] for {name}"),
    "cpu_with_gpus": ("max_batch_size: 2 instance_group { kind: KIND_CPU gpus: 4 }",
                      "instance group {name}_0 of model {name} has kind KIND_CPU but specifies one or more GPUs"),
    "platform": ('platform: "onnxruntim"', "unexpected platform type 'onnxruntim' for {name}"),
    "pair": ('platform: "onnxruntim" backend: "onnxruntime"', "unexpected 'platform' and 'backend' pair, got:onnxruntim, onnxruntime"),
    "not_ensemble": ('backend: "onnxruntime" ' + ensemble(echo()).replace('platform: "ensemble"', ""),
                     "ensemble scheduling cannot be set for model '{name}' whose platform is not ensemble"),
    "both": ('backend: "onnxruntime" platform: "ensemble"', "Ensemble model '{name}' must have platform type 'ensemble' and empty backend type"),
    "no_schedule": ('platform: "ensemble" ' + ports(), "ensemble scheduling must be set for ensemble {name} whose platform is ensemble"),
    "no_family": ("model_metrics { metric_control { histogram_options { buckets: 1 } } }", "metric control must specify 'metric_identifier'"),
    "misspelt": ("max_batches: 2", "failed to read text proto from "),
    "type": ("max_batch_size: 2 " + ports(kind="FP32"),
             "unable to load model '{name}', configuration expects datatype TYPE_FP32 for input 'INPUT', model provides TYPE_INT32"),
    "shape": ("max_batch_size: 2 " + ports(dims="16, 1"),
              "model '{name}', tensor 'INPUT': the model expects 2 dimensions (shape [-1,16]) but the model configuration specifies 3 "
              "dimensions (an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, making "
              "complete shape [-1,16,1])"),
    "unknown_input": ("max_batch_size: 2 " + ports(("OTHER",)), "unexpected inference input 'OTHER', allowed inputs are: INPUT"),
    "no_version": ("version_policy { specific { versions: 7 } }",
                   "at least one version must be available under the version policy of model '{name}'"),
    "gpu": ("max_batch_size: 2 instance_group { kind: KIND_GPU }",
            "instance group {name}_0 of model {name} has kind KIND_GPU but server does not support GPUs"),
    "backend": ('backend: "unknown"', "unable to find backend library for backend 'unknown'"),
}
# Their steps are `echo` (batches of 2), `floats` and `two` (two inputs, two outputs).
OF_ENSEMBLES = {
    "groups": (ensemble(echo(), more="instance_group { count: 1 }"), "instance group should not be specified for ensemble '{name}'"),
    "no_input_map": (ensemble(step("echo", {}, {"OUTPUT": "prob"})), "must specify 'input_map' in step 0 of ensemble '{name}'"),
    "missing": (ensemble(echo(model="not_there")),
                "ensemble {name} contains models that are not available or ambiguous: not_there"),
    "version": (ensemble(echo(version=2)), "ensemble '{name}' depends on 'echo' whose required version 2 is not loaded."),
    "broken_step": (ensemble(echo(model="platform")), "ensemble '{name}' depends on 'platform' which has no loaded version. Model "
                    "'platform' loading failed with error: version 1 is at UNAVAILABLE state: unexpected platform type"),
    "round_a": (ensemble(step("round_b", {"data": "data"}, {"prob": "prob"})),
                "circular dependency between ensembles: {name} -> ... -> round_b -> {name}"),
    "round_b": (ensemble(step("round_a", {"data": "data"}, {"prob": "prob"})),
                "circular dependency between ensembles: {name} -> ... -> round_a -> {name}"),
    "itself": (ensemble(step("itself", {"data": "data"}, {"prob": "prob"})),
               "circular dependency between ensembles: itself -> ... -> itself -> itself"),
    "types": (ensemble(echo(model="floats")),
              "in ensemble {name}, ensemble tensor data: inconsistent data type: TYPE_INT32 is inferred from model {name} while "
              "TYPE_FP32 is inferred from model floats"),
    "shapes": (ensemble(echo(), dims="16, 16"),
               "in ensemble {name}, ensemble tensor data: inconsistent shape: [-1,16,16] is inferred from model {name} while "
               "[-1,16] is inferred from model echo"),
    "batches": (ensemble(echo(), batch=3),
                "ensemble {name} allows maximum batch size 3, but it contains model echo which only allows maximum batch size to be 2"),
    "no_such_input": (ensemble(step("echo", {"INPUT": "data", "wrong": "data"}, {"OUTPUT": "prob"})),
                      "in ensemble {name}, ensemble tensor data is mapping to non-existing input wrong in model echo"),
    "no_such_output": (ensemble(step("echo", {"INPUT": "data"}, {"wrong": "prob"})),
                       "in ensemble {name}, ensemble tensor prob is mapped from non-existing output wrong in model echo"),
    "unmapped": (ensemble(step("two", {"A": "data"}, {"SUM": "prob"})),
                 "in ensemble {name}, input B in model two is not mapped to any ensemble tensors"),
}
TOGETHER = [f"together{number}" for number in range(8)]


def add(folder, name, config, kind=TensorProto.INT32):
    network(folder, name, [("INPUT", kind, ["b", 16])], [("OUTPUT", kind, ["b", 16])],
            [helper.make_node("Identity", ["INPUT"], ["OUTPUT"])], config)


def add_ensemble(folder, name, config):
    (folder / name / "1").mkdir(parents=True)
    (folder / name / "config.pbtxt").write_text(config)


@pytest.fixture(scope="module")
def index(oree, tmp_path_factory):
    """Of a repository with all of it, loaded at once: reasons by name, "" where the model serves."""
    from servers import ModelServer
    folder = tmp_path_factory.mktemp("configurations")
    add(folder, "echo", "max_batch_size: 2 " + ports())
    add(folder, "floats", "max_batch_size: 2", TensorProto.FLOAT)
    pair = [(name, TensorProto.INT32, ["b", 16]) for name in ("A", "B", "SUM", "DIFFERENCE")]
    network(folder, "two", pair[:2], pair[2:],
            [helper.make_node("Add", ["A", "B"], ["SUM"]), helper.make_node("Sub", ["A", "B"], ["DIFFERENCE"])], "max_batch_size: 2")
    for name, (config, _) in OF_NETWORKS.items():
        add(folder, name, config)
    for name, (config, _) in OF_ENSEMBLES.items():
        add_ensemble(folder, name, config)
    for name in TOGETHER:
        add_ensemble(folder, name, ensemble(echo("data", "between", "inner"), echo("between", "prob", "inner")))
    add_ensemble(folder, "inner", 'platform: "ensemble" max_batch_size: 2 ' + ports() + f" ensemble_scheduling {{ {echo('INPUT', 'OUTPUT')} }}")
    server = ModelServer(oree, folder).wait_until_ready()
    answer = urllib.request.urlopen(urllib.request.Request(f"{server.url}/v2/repository/index", method="POST", data=b""))
    rows = {row["name"]: row.get("reason", "") if row.get("state") != "READY" else "" for row in json.load(answer)}
    server.stop()
    return rows


@pytest.mark.parametrize("name", [*OF_NETWORKS, *OF_ENSEMBLES])
def test_what_cannot_work_is_refused_in_the_words_that_people_search_for(index, name):
    sentence = (OF_NETWORKS | OF_ENSEMBLES)[name][1].replace("{name}", name)
    assert sentence in index[name]


def test_ensembles_of_the_same_models_start_together(index):
    assert [index[name] for name in ("echo", "inner", *TOGETHER)] == [""] * 10
