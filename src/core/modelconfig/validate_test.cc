#include "core/modelconfig/validate.h"

#include <doctest/doctest.h>

#include "core/modelconfig/complete.h"
#include "core/modelconfig/parse.h"

namespace oree::modelconfig {
namespace {

std::string sentence(std::string_view text) {
  auto config = parse_config(text);
  REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error().what));
  if (Status defaults = complete_defaults(*config, config->name); !defaults) return defaults.error().what;
  const Status valid = validate(*config);
  return valid ? "" : valid.error().what;
}

std::string with(std::string_view rest) {
  return sentence(std::string("name: \"m\" backend: \"onnxruntime\" max_batch_size: 4 ") + std::string(rest));
}

struct Row {
  std::string_view text, sentence;
};

TEST_CASE("EachMistakeHasTheSentenceThatPeopleSearchFor") {
  constexpr Row kRows[] = {
      {"input { data_type: TYPE_FP32 dims: 1 }", "model input must specify 'name' for m"},
      {"input { name: \"x\" dims: 1 }", "model input 'x' must specify 'data_type' for m"},
      {"input { name: \"x\" data_type: TYPE_FP32 dims: 0 }",
       "model input 'x' dimension must be integer >= 1, or -1 to indicate a variable-size dimension for m"},
      {"input { name: \"x\" data_type: TYPE_FP32 dims: [ 1, 1 ] format: FORMAT_NHWC }",
       "model input NHWC/NCHW require 3 dims for m"},
      {"input { name: \"x\" data_type: TYPE_FP32 dims: 4 reshape { shape: [ 3 ] } }",
       "model input 'x' has different size for dims and reshape for m"},
      {"input { name: \"x\" data_type: TYPE_FP32 dims: [-1, -1] reshape { shape: [ -1 ] } }",
       "model input 'x' has different number of variable-size dimensions for dims and reshape for m"},
      {"input { name: \"x\" data_type: TYPE_FP32 dims: [4611686018427387904, 4] }",
       "model input 'x' dims cause total element count to exceed maximum size for m"},
      {"dynamic_batching { preferred_batch_size: 0 }",
       "dynamic batching preferred size must be positive for m"},
      {"dynamic_batching { preferred_batch_size: 5 }",
       "dynamic batching preferred size must be <= max batch size for m"},
      {"dynamic_batching { priority_levels: 2 }", "default priority level must be in range [1, 2] for m"},
      {"dynamic_batching { priority_levels: 2 default_priority_level: 1 priority_queue_policy { key: 3 value "
       "{ } } }",
       "priority queue policy must have priority level in range [1, 2] for m"},
      {"dynamic_batching { preserve_ordering: true priority_levels: 2 default_priority_level: 1 }",
       "Only one priority level is allowed when 'preserve_ordering' is true for m"},
      {"instance_group { kind: KIND_CPU gpus: [0] }",
       "instance group m_0 of model m has kind KIND_CPU but specifies one or more GPUs"},
      {"sequence_batching { } response_cache { enable: true }",
       "Response Cache does not currently support model m with sequence batching scheduler. Please disable "
       "the "
       "response cache."},
      {"sequence_batching { control_input { name: \"S\" control { kind: CONTROL_SEQUENCE_START } } }",
       "sequence batching must specify either 'int32_false_true', 'fp32_false_true' or 'bool_false_true' for "
       "CONTROL_SEQUENCE_START for m"},
      {"sequence_batching { control_input { name: \"S\" control { kind: CONTROL_SEQUENCE_END "
       "int32_false_true: 1 } } }",
       "sequence batching control 'int32_false_true' must have exactly 2 entries for CONTROL_SEQUENCE_END "
       "for m"},
      {"sequence_batching { control_input { name: \"S\" control { kind: CONTROL_SEQUENCE_CORRID data_type: "
       "TYPE_FP32 "
       "} } }",
       "unexpected data type for control CONTROL_SEQUENCE_CORRID for m. Allowed data types are TYPE_UINT64, "
       "TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING"},
      {"sequence_batching { direct { minimum_slot_utilization: 1.5 } }",
       "sequence batching minimum slot utilization must be in range (0.0, 1.0] for m"},
      {"model_warmup { batch_size: 5 }", "warmup setting expects batch_size <= 4, got 5 for model 'm'"},
      {"version_policy { specific { versions: 0 } }",
       "version policy 'specific' must name positive versions for m"},
      {"model_metrics { metric_control { metric_identifier { family: \"f\" } } }",
       "metric control must specify 'histogram_options'"},
      {"model_metrics { metric_control { histogram_options { buckets: 1 } } }",
       "metric control must specify 'metric_identifier'"},
      {"model_metrics { metric_control { metric_identifier { } histogram_options { buckets: 1 } } }",
       "metric identifier must specify non-empty 'family'"},
      {"platform: \"onnxruntim\"", "unexpected 'platform' and 'backend' pair, got:onnxruntim, onnxruntime"},
      {"input { name: \"x\" data_type: TYPE_FP32 dims: 1 } output { name: \"y\" data_type: TYPE_FP32 dims: 1 "
       "} "
       "batch_output { target_name: \"z\" kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: \"x\" }",
       "unknown target output name 'z' for m"},
      {"input { name: \"x\" data_type: TYPE_FP32 dims: 1 } output { name: \"y\" data_type: TYPE_FP32 dims: 1 "
       "} "
       "batch_output { target_name: [\"y\", \"y\"] kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: \"x\" "
       "}",
       "target output name 'y' can only be specified once for m"},
  };
  for (const Row& row : kRows) CHECK(with(row.text) == row.sentence);
  CHECK(with("") == "");
}

TEST_CASE("ANameAndABackendAreNeeded") {
  CHECK(sentence("") == "model configuration must specify 'name'");
  CHECK(sentence("name: \"m\" platform: \"onnxruntim\"") == "unexpected platform type 'onnxruntim' for m");
  CHECK(sentence("name: \"m\"") == "must specify 'platform' or 'backend' for 'm'");
  CHECK(sentence("name: \"m\" platform: \"ensemble\"") ==
        "ensemble scheduling must be set for ensemble m whose platform is ensemble");
  CHECK(sentence("name: \"m\" backend: \"x\" max_batch_size: -1") ==
        "'max_batch_size' must be non-negative value for m");
}

std::string ensemble(std::string_view steps, std::string_view output = "Y") {
  return sentence(
      std::string("name: \"e\" platform: \"ensemble\" input { name: \"X\" data_type: TYPE_FP32 dims: 1 } "
                  "output { name: \"") +
      std::string(output) + "\" data_type: TYPE_FP32 dims: 1 } ensemble_scheduling { " + std::string(steps) +
      " }");
}

std::string step(std::string_view in, std::string_view out) {
  return std::string("step { model_name: \"a\" model_version: -1 input_map { key: \"i\" value: \"") +
         std::string(in) + "\" } output_map { key: \"o\" value: \"" + std::string(out) + "\" } } ";
}

TEST_CASE("AnEnsemblesPortsSayTheirDims") {
  CHECK(sentence("name: \"e\" platform: \"ensemble\" input { name: \"X\" data_type: TYPE_FP32 dims: 1 } "
                 "output { name: \"Y\" data_type: TYPE_FP32 } ensemble_scheduling { " +
                 step("X", "Y") + " }") == "model output 'Y' must specify 'dims' for e");
}

TEST_CASE("WhatTheNetworkWillSayMayBeMissingBeforeItIsLoaded") {
  const auto open = [](std::string_view text) {
    auto config = parse_config(text);
    REQUIRE(config);
    const Status valid = validate(*config, Ports::open);
    return valid ? "" : valid.error().what;
  };
  CHECK(open("name: \"m\" input { name: \"x\" } output { name: \"y\" reshape { } }") == "");
  CHECK(open("name: \"m\" dynamic_batching { preferred_batch_size: 2 }") == "");
  CHECK(open("name: \"m\" input { name: \"x\" dims: 0 }").starts_with("model input 'x' dimension must be"));
  CHECK(open("name: \"m\" sequence_batching { } response_cache { enable: true }") != "");
  CHECK(open("name: \"e\" platform: \"ensemble\" ensemble_scheduling { " + step("X", "Y") +
             " } input { name: \"X\" dims: 1 } output { name: \"Y\" data_type: TYPE_FP32 dims: 1 }") ==
        "model input 'X' must specify 'data_type' for e");
  CHECK(open("name: \"e\" platform: \"ensemble\" ensemble_scheduling { step { model_name: \"a\" output_map "
             "{ key: \"o\" value: \"Y\" } } }") == "must specify 'input_map' in step 0 of ensemble 'e'");
}

TEST_CASE("AnEnsemblesTensorsMustFlowFromItsInputsToItsOutputs") {
  CHECK(ensemble(step("X", "T") + step("T", "Y")) == "");
  CHECK(ensemble(step("T", "Y") + step("X", "T")) == "");  // in any order
  CHECK(ensemble("") == "must specify 'step' for ensemble 'e'");
  CHECK(ensemble(step("X", "Y") + step("X", "Y")) ==
        "ensemble tensor 'Y' can appear in an output map only once for ensemble 'e' step 1");
  CHECK(ensemble(step("X", "T")) == "ensemble output 'Y' for ensemble e' is not used");
  CHECK(ensemble(step("X", "T") + step("U", "Y")) ==
        "output 'Y' for ensemble 'e' is not written: at least one of its depending tensors, 'U', is not "
        "connected");
  CHECK(ensemble(step("Y", "Y") + step("X", "T")) == "output 'Y' for ensemble 'e' is not written");
  CHECK(ensemble(step("X", "Y") + step("X", "T")) == "ensemble tensor 'T' is unused in ensemble 'e'");
}

}  // namespace
}  // namespace oree::modelconfig
