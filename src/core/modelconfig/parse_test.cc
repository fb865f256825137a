#include "core/modelconfig/parse.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "core/modelconfig/names.h"

namespace oree::modelconfig {
namespace {

// What Triton's own example repository and its documentation write, in one file.
constexpr std::string_view kWhole = R"(# a model
name: "simple"
platform: 'onnxruntime_onnx'
max_batch_size: 8
input [
  { name: "INPUT0" data_type: TYPE_INT32 dims: [ 16 ] },
  {
    name: "INPUT1"
    data_type: TYPE_INT32
    dims: 4 dims: 4;
    reshape: { shape: [ 16 ] }
    optional: true
  }
]
output { name: "OUT" "PUT0" data_type: TYPE_FP32 dims: -1 label_filename: "labels\x2etxt" }
version_policy: { specific { versions: [1, 3] } }
instance_group [ { count: 2 kind: KIND_CPU rate_limiter { resources [ { name: "R" count: 4 } ] priority: 2 } } ]
dynamic_batching {
  preferred_batch_size: [ 4, 8 ]
  max_queue_delay_microseconds: 100
  priority_levels: 2
  default_priority_level: 1
  default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 0x64 allow_timeout_override: true }
  priority_queue_policy { key: 2 value: { max_queue_size: 010 } }
}
parameters { key: "intra_op_thread_count" value: { string_value: "1" } }
parameters: [ { key: "other", value { string_value: "x" } } ]
optimization < graph: < level: -1 >, input_pinned_memory { enable: false } >
model_warmup { name: "w" batch_size: 1 inputs { key: "INPUT0" value: { data_type: TYPE_INT32 dims: 16 zero_data: true } } }
response_cache { enable: true }
model_transaction_policy { decoupled: false }
model_metrics { metric_control { metric_identifier { family: "f" } histogram_options { buckets: [ 1, 2.5, 1e3 ] } } }
)";

std::string mistake(std::string_view text) {
  const auto config = parse_config(text);
  REQUIRE_FALSE(config.has_value());
  CHECK(config.error().kind == ErrorKind::invalid);
  return config.error().what;
}

void check_whole(const ModelConfig& config) {
  CHECK(config.name == "simple");
  CHECK(config.max_batch_size == 8);
  REQUIRE(config.input.size() == 2);
  CHECK(config.input[0].data_type == tensor::DType::i32);
  CHECK(config.input[1].dims == Dims{4, 4});
  CHECK(config.input[1].reshape->shape == Dims{16});
  CHECK(config.input[1].optional);
  CHECK(config.output.at(0).name == "OUTPUT0");
  CHECK(config.output[0].dims == Dims{-1});
  CHECK(config.output[0].label_filename == "labels.txt");
  CHECK(config.version_policy->specific->versions == std::vector<int64_t>{1, 3});
  CHECK(config.instance_group.at(0).kind == InstanceKind::cpu);
  CHECK(config.instance_group[0].rate_limiter->resources.at(0).count == 4);
  CHECK(config.dynamic_batching->preferred_batch_size == std::vector<int32_t>{4, 8});
  CHECK(config.dynamic_batching->default_queue_policy->timeout_action == TimeoutAction::delay);
  CHECK(config.dynamic_batching->default_queue_policy->default_timeout_microseconds == 100);
  CHECK(config.dynamic_batching->priority_queue_policy.at(2).max_queue_size == 8);
  CHECK(config.parameters ==
        std::map<std::string, std::string>{{"intra_op_thread_count", "1"}, {"other", "x"}});
  CHECK(config.optimization->graph->level == -1);
  CHECK(config.model_warmup.at(0).inputs.at("INPUT0").zero_data == true);
  CHECK(config.response_cache == true);
  CHECK(config.decoupled == false);
  CHECK(config.metric_control.at(0).histogram_options->buckets == std::vector<double>{1, 2.5, 1000});
}

TEST_CASE("ReadsAConfigurationAsOtherServersWriteIt") {
  const auto config = parse_config(kWhole);
  REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error().what));
  check_whole(*config);
}

TEST_CASE("WhatWasReadComesBackFromJsonTheSame") {
  const auto config = parse_config(kWhole);
  REQUIRE(config.has_value());
  const std::string printed = print_json(*config);
  const auto again = parse_config_json(printed);
  REQUIRE_MESSAGE(again.has_value(), (again ? "" : again.error().what));
  check_whole(*again);
  CHECK(print_json(*again) == printed);
}

TEST_CASE("JsonHasTheProtocolsFieldNamesAndPlainNumbers") {
  const auto config =
      parse_config("name: \"m\" input { name: \"x\" data_type: TYPE_STRING dims: [ -1, 2 ] }");
  REQUIRE(config.has_value());
  CHECK(print_json(*config) ==
        R"({"name":"m","platform":"","backend":"","runtime":"","max_batch_size":0,"input":[{"name":"x",)"
        R"("data_type":"TYPE_STRING","format":"FORMAT_NONE","dims":[-1,2],"is_shape_tensor":false,)"
        R"("allow_ragged_batch":false,"optional":false,"is_non_linear_format_io":false}],"output":[],)"
        R"("batch_input":[],"batch_output":[],"instance_group":[],"default_model_filename":"",)"
        R"("cc_model_filenames":{},"metric_tags":{},"parameters":{},"model_warmup":[]})");
}

TEST_CASE("InlineConfigurationsMayWriteIntegersAsStrings") {
  const auto config = parse_config_json(
      R"({"max_batch_size": 4, "input": [{"name": "x", "dims": ["16", -1], "data_type": "TYPE_FP32"}],
          "parameters": {"p": {"string_value": "v"}}, "version_policy": {"latest": {"num_versions": 2}},
          "dynamic_batching": {"priority_queue_policy": {"18446744073709551615": {}}}, "optimization": null})");
  REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error().what));
  CHECK(config->input.at(0).dims == Dims{16, -1});
  CHECK(config->parameters.at("p") == "v");
  CHECK(config->dynamic_batching->priority_queue_policy.contains(~uint64_t{0}));
  CHECK_FALSE(config->optimization);
}

TEST_CASE("MistakesInJsonNameTheField") {
  const auto wrong = [](std::string_view text) {
    const auto config = parse_config_json(text);
    REQUIRE_FALSE(config.has_value());
    return config.error().what;
  };
  CHECK(wrong(R"({"input":[{"dims":[1.5]}]})") == "config: input.dims: must be an integer, got 1.5");
  CHECK(wrong(R"({"max_batchsize":4})") ==
        "config: no field 'max_batchsize' here; did you mean 'max_batch_size'?");
  CHECK(wrong(R"([])") == "config: must be a JSON object");
  CHECK(wrong(R"({"input":[[]]})") == "config: input: a list holds values, not lists or null");
  CHECK(wrong(R"({"max_batch_size":2147483648})") ==
        "config: max_batch_size: must be between -2147483648 and 2147483647, got 2147483648");
}

TEST_CASE("AMistakeIsToldWithItsLineColumnAndWhatWasMeant") {
  CHECK(mistake("name: \"m\"\n  max_batchsize: 4") ==
        "config.pbtxt:2:3: no field 'max_batchsize' here; did you mean 'max_batch_size'?");
  CHECK(mistake("input { data_typ: TYPE_FP32 }") ==
        "config.pbtxt:1:9: input: no field 'data_typ' here; did you mean 'data_type'?");
  CHECK(mistake("input { data_type: TYPE_FP3 }").find("did you mean 'TYPE_FP32'?") != std::string::npos);
  CHECK(mistake("name: m") == "config.pbtxt:1:7: name: must be a string; write \"m\"");
  CHECK(mistake("max_batch_size: \"4\"") ==
        "config.pbtxt:1:17: max_batch_size: must be an integer, got \"4\"");
  CHECK(mistake("max_batch_size: 1 max_batch_size: 2") ==
        "config.pbtxt:1:19: max_batch_size: field 'max_batch_size' is specified multiple times");
  CHECK(mistake("version_policy { all { } latest { num_versions: 1 } }") ==
        "config.pbtxt:1:26: version_policy: field 'latest' is specified along with field 'all', another "
        "member of "
        "'policy_choice'");
  CHECK(
      mistake("instance_group { count: 9999999999 }") ==
      "config.pbtxt:1:25: instance_group.count: must be between -2147483648 and 2147483647, got 9999999999");
  CHECK(mistake("instance_group { gpus: [ -2147483649 ] }").find("must be between") != std::string::npos);
}

TEST_CASE("TextThatIsNoneStopsAtItsPlace") {
  CHECK(mistake("name \"m\"") == "config.pbtxt:1:6: expected ':' or '{' after 'name', found a string");
  CHECK(mistake("input {\n") ==
        "config.pbtxt:2:1: expected a field's name or '}', found the end of the file");
  CHECK(mistake("input [ { } ") == "config.pbtxt:1:13: expected ',' or ']', found the end of the file");
  CHECK(mistake("name: \"m") == "config.pbtxt:1:9: the string has no closing \" on its line");
  CHECK(mistake("name: \"\\q\"") == "config.pbtxt:1:10: '\\q' is no escape");
  CHECK(mistake("name: \"\\ud800\"").find("no character of Unicode") != std::string::npos);
  CHECK(mistake("[a.b]: 1") == "config.pbtxt:1:1: extensions and Any are not read here");
  CHECK(mistake("a: @").find("'@' has no meaning here") != std::string::npos);
  CHECK(mistake("}") == "config.pbtxt:1:1: expected a field's name, found '}'");
  CHECK(mistake("name: ") == "config.pbtxt:1:7: expected a value of 'name', found the end of the file");
}

TEST_CASE("DepthValuesAndSizeAreBounded") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "input {";
  CHECK(mistake(deep).find("nested deeper than 32") != std::string::npos);
  std::string many;
  for (int i = 0; i < 30'000; ++i) many += "parameters { key: \"k\" }\n";
  CHECK(mistake(many).find("more than 20000 values") != std::string::npos);
  CHECK(mistake(std::string((4 << 20) + 1, ' ')).find("at most 4 MiB") != std::string::npos);
}

TEST_CASE("EscapesAreBytesAndCharacters") {
  const auto config = parse_config(R"(name: "\101\n\x41\t\u00e9\U0001F600\"" 'it''s')");
  REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error().what));
  CHECK(config->name == "A\nA\t\xC3\xA9\xF0\x9F\x98\x80\"its");
}

TEST_CASE("AnEmptyFileIsAConfigurationThatLeavesEverythingToTheNetwork") {
  const auto config = parse_config("# nothing\n");
  REQUIRE(config.has_value());
  CHECK(config->name.empty());
  CHECK(parse_config("input: []").has_value());
}

TEST_CASE("EveryDataTypeHasAWordThatMeansIt") {
  for (int i = 0; i <= static_cast<int>(tensor::DType::text); ++i) {
    const auto type = static_cast<tensor::DType>(i);
    CHECK(parse_type(type_name(type)) == DataType(type));
  }
  CHECK(type_name({}) == "TYPE_INVALID");
  CHECK(type_name(tensor::DType::text) == "TYPE_STRING");
  CHECK_FALSE(parse_type("TYPE_INVALID"));
  CHECK_FALSE(parse_type("FP32"));
}

}  // namespace
}  // namespace oree::modelconfig
