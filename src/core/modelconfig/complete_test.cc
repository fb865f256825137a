#include "core/modelconfig/complete.h"

#include <doctest/doctest.h>

#include "core/modelconfig/parse.h"
#include "core/modelconfig/validate.h"

namespace oree::modelconfig {
namespace {

using tensor::DType;
using tensor::TensorSpec;

const std::vector<TensorSpec> kIn{{"a", DType::f32, {-1, 3}}, {"b", DType::i64, {-1}}};
const std::vector<TensorSpec> kOut{{"y", DType::f32, {-1, -1}}};

ModelConfig completed(std::string_view text, std::span<const TensorSpec> in = kIn,
                      std::span<const TensorSpec> out = kOut) {
  auto config = parse_config(text);
  REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error().what));
  config->backend = "onnxruntime";
  REQUIRE(complete_defaults(*config, "m"));
  const Status done = complete(*config, in, out);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().what));
  const Status valid = validate(*config);
  CHECK_MESSAGE(valid.has_value(), (valid ? "" : valid.error().what));
  return *config;
}

std::string refused(std::string_view text, std::span<const TensorSpec> in = kIn) {
  auto config = parse_config(text);
  REQUIRE(config.has_value());
  REQUIRE(complete_defaults(*config, "m"));
  const Status done = complete(*config, in, kOut);
  REQUIRE_FALSE(done.has_value());
  return done.error().what;
}

TEST_CASE("AnOpenFirstDimensionMakesBatchesOfFour") {
  const ModelConfig config = completed("");
  CHECK(config.name == "m");
  CHECK(config.platform == "onnxruntime_onnx");
  CHECK(config.version_policy->latest->num_versions == 1);
  CHECK(config.max_batch_size == 4);
  CHECK(config.dynamic_batching.has_value());
  CHECK(config.input.at(0).dims == Dims{3});
  CHECK(config.output.at(0).dims == Dims{-1});
  // One value per row: clients write [n,1], the network wants [n].
  CHECK(config.input.at(1).dims == Dims{1});
  CHECK(config.input.at(1).reshape->shape.empty());
  CHECK(wire_shape(config, config.input[0].dims) == tensor::Shape{-1, 3});
  CHECK(config.instance_group.at(0).count == 1);
}

TEST_CASE("AFixedFirstDimensionMakesNone") {
  const std::vector<TensorSpec> in{{"x", DType::u8, {1, 3}}};
  const ModelConfig config = completed("", in);
  CHECK(config.max_batch_size == 0);
  CHECK_FALSE(config.dynamic_batching);
  CHECK(config.input.at(0).dims == Dims{1, 3});
  CHECK(wire_shape(config, config.input[0].dims) == tensor::Shape{1, 3});
}

TEST_CASE("WhoChoseBatchesKeepsThem") {
  const ModelConfig config = completed("max_batch_size: 16 output { name: \"y\" }");
  CHECK(config.max_batch_size == 16);
  CHECK_FALSE(config.dynamic_batching);
  CHECK(config.output.at(0).data_type == DType::f32);
  CHECK(config.output.at(0).dims == Dims{-1});
}

TEST_CASE("PortsThatWereSaidAreNotBatchedBehindOnesBack") {
  const ModelConfig config = completed(
      "input [ { name: \"a\" data_type: TYPE_FP32 dims: [ -1, 3 ] }, { name: \"b\" data_type: TYPE_INT64 "
      "dims: -1 } ]");
  CHECK(config.max_batch_size == 0);
}

TEST_CASE("WhatTheSchedulerKeepsIsNoPort") {
  const ModelConfig config = completed(
      "max_batch_size: 2 sequence_batching { control_input { name: \"b\" control { kind: "
      "CONTROL_SEQUENCE_CORRID "
      "data_type: TYPE_INT64 } } }");
  REQUIRE(config.input.size() == 1);
  CHECK(config.input[0].name == "a");
}

TEST_CASE("AConfigurationThatTheNetworkIsNotIsRefused") {
  CHECK(refused("input [ { name: \"a\" }, { name: \"c\" } ]") ==
        "unexpected inference input 'c', allowed inputs are: a, b");
  CHECK(refused("input { name: \"a\" }") ==
        "unable to load model 'm', configuration expects 1 inputs, model provides 2");
  CHECK(refused("output { name: \"y\" data_type: TYPE_INT8 dims: -1 } max_batch_size: 1") ==
        "unable to load model 'm', configuration expects datatype TYPE_INT8 for output 'y', model provides "
        "TYPE_FP32");
  CHECK(
      refused("max_batch_size: 2 input [ { name: \"a\" dims: [ 3, 1 ] }, { name: \"b\" } ]")
          .find("dimensions (an initial batch dimension because max_batch_size > 0 followed by the explicit "
                "tensor shape, making complete shape [-1,3,1])") != std::string::npos);
  CHECK(refused("output { name: \"y\" data_type: TYPE_FP32 dims: 7 }") ==
        "model 'm', tensor 'y': the model expects 2 dimensions (shape [-1,-1]) but the model configuration "
        "specifies "
        "1 dimensions (shape [7])");
  const std::vector<TensorSpec> fixed{{"x", DType::u8, {1, 3}}};
  for (const char* text : {"max_batch_size: 8", "max_batch_size: 1 input { name: \"x\" dims: [ 1, 3 ] }"}) {
    CHECK(refused(text, fixed)
              .starts_with("autofill failed for model 'm': model does not support batching while non-zero "
                           "max_batch_size is specified (model 'm', tensor 'x': for the model to support "
                           "batching the shape should have at least 1 dimension and the first dimension must "
                           "be -1; but shape expected by the model is [1,3])"));
  }
  auto other = parse_config("name: \"n\"");
  CHECK(complete_defaults(*other, "m").error().what ==
        "unexpected directory name 'm' for model 'n', directory name must equal model name");
}

}  // namespace
}  // namespace oree::modelconfig
