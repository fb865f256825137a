// Routes beside inference, and what is answered to whoever asks wrongly.
#include <doctest/doctest.h>

#include "platform/http/testing/server_fixture.h"
#include "services/oip/testing/dialect.h"
#include "services/oip/testing/shared_object.h"

namespace oree::oip {
namespace {

using testing::Answer;
using testing::Dialect;

TEST_CASE("TheServerSaysWhatItIs") {
  const Dialect dialect;
  CHECK(
      dialect.get("/v2").body ==
      R"({"name":"oree","version":"1.2.3","extensions":["classification","sequence","model_repository",)"
      R"x("model_repository(unload_dependents)","schedule_policy","model_configuration","system_shared_memory",)x"
      R"("cuda_shared_memory","binary_tensor_data","parameters","statistics","trace","logging"]})");
  CHECK(dialect.get("/v2/health/live").body == R"({"live":true})");
  CHECK(dialect.get("/v2/health/ready").body == R"({"ready":true})");
  const Dialect<testing::LateService> late;
  CHECK(late.get("/v2/health/ready").status == 400);
}

TEST_CASE("ModelsAreDescribed") {
  const Dialect dialect;
  CHECK(
      dialect.get("/v2/models/pair").body ==
      R"({"name":"pair","versions":["1"],"platform":"test_network",)"
      R"("inputs":[{"name":"a","datatype":"FP32","shape":[2]},{"name":"b","datatype":"INT64","shape":[-1]}],)"
      R"("outputs":[{"name":"a","datatype":"FP32","shape":[2]},{"name":"b","datatype":"INT64","shape":[-1]}]})");
  CHECK(dialect.get("/v2/models/pair/versions/1").status == 200);
  CHECK(dialect.get("/v2/models/pair/ready").body == R"({"name":"pair","ready":true})");
  CHECK(dialect.get("/v2/models/pair/versions/1/ready").status == 200);
  CHECK(dialect.get("/v2/models/pair/config").body == R"({"name":"pair"})");
  const Answer none = dialect.get("/v2/models/none");
  CHECK(none.status == 404);
  CHECK(none.error() == "Request for unknown model: 'none' is not found");
  CHECK(dialect.get("/v2/models/pair/versions/9").status == 404);
}

TEST_CASE("StatisticsCountRequests") {
  const Dialect dialect;
  CHECK(
      dialect.infer("fp32", R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]})").status ==
      200);
  const auto stats = json::parse(dialect.get("/v2/models/fp32/stats").body);
  REQUIRE(stats.has_value());
  const json::Value& row = (*stats->find("model_stats")->array())[0];
  CHECK(*row.find("name")->text() == "fp32");
  CHECK(row.find("inference_stats")->find("success")->find("count")->integer() == 1);
  for (const char* each : {"success", "fail", "queue", "compute_input", "compute_infer", "compute_output",
                           "cache_hit", "cache_miss"})
    CHECK(row.find("inference_stats")->find(each)->find("ns") != nullptr);
  CHECK(json::parse(dialect.get("/v2/models/stats").body)->find("model_stats")->array()->size() > 10);
  CHECK(dialect.get("/v2/models/fp32/versions/1/stats").status == 200);
  CHECK(dialect.get("/v2/models/none/stats").status == 404);
}

TEST_CASE("TheRepositoryIsListedLoadedAndUnloaded") {
  Dialect dialect;
  CHECK(dialect
            .call("POST", "/v2/repository/models/pair/unload", R"({"parameters":{"unload_dependents":true}})")
            .status == 200);
  CHECK(dialect.get("/v2/models/pair/ready").error() == "Model version not ready");
  CHECK(dialect.get("/v2/models/pair/ready").status == 400);
  const std::string all = dialect.call("POST", "/v2/repository/index").body;
  CHECK(all.find(R"({"name":"pair","version":"1","state":"UNAVAILABLE","reason":"unloaded"})") !=
        std::string::npos);
  CHECK(all.find(R"({"name":"fp32","version":"1","state":"READY"})") != std::string::npos);
  const std::string ready = dialect.call("POST", "/v2/repository/index", R"({"ready":true})").body;
  CHECK(ready.find("pair") == std::string::npos);
  const std::string load =
      R"({"parameters":{"config":"{\"backend\":\"x\"}","file:1/model.onnx":"aGVsbG8="}})";
  const Answer loaded = dialect.call("POST", "/v2/repository/models/pair/load", load);
  CHECK(loaded.status == 200);
  CHECK(loaded.body.empty());
  CHECK(dialect.service.last_load.config_json == R"({"backend":"x"})");
  CHECK(dialect.service.last_load.files == std::map<std::string, std::string>{{"1/model.onnx", "hello"}});
  CHECK(dialect.get("/v2/models/pair/ready").status == 200);
  CHECK(dialect.call("POST", "/v2/repository/x/index").status == 200);
}

TEST_CASE("RegionsAreRegisteredListedAndForgotten") {
  const Dialect dialect;
  testing::SharedObject object(4096);
  const std::string r = "/v2/systemsharedmemory/region/r";
  CHECK(
      dialect
          .call("POST", r + "/register", cat(R"({"key":")", object.key(), R"(","offset":8,"byte_size":64})"))
          .status == 200);
  const std::string row = cat(R"([{"name":"r","key":")", object.key(), R"(","offset":8,"byte_size":64}])");
  CHECK(dialect.get("/v2/systemsharedmemory/status").body == row);
  CHECK(dialect.get(r + "/status").body == row);
  CHECK(dialect.get("/v2/cudasharedmemory/status").body == "[]");
  CHECK(dialect.get("/v2/cudasharedmemory/region/r/status").error() ==
        "The region named 'r' is registered as system shared memory, not CUDA shared memory");
  CHECK(dialect.call("POST", r + "/unregister").status == 200);
  CHECK(dialect.get("/v2/systemsharedmemory/status").body == "[]");
  CHECK(dialect.call("POST", "/v2/systemsharedmemory/unregister").status == 200);
  CHECK(dialect.call("POST", "/v2/cudasharedmemory/unregister").status == 200);
}

struct Wrong {
  std::string_view method, path, body;
  int status;
  std::string_view sentence;
};

constexpr Wrong kWrong[] = {
    {"GET", "/v2/nothing", "", 404, "Not Found"},
    {"GET", "/v2/models", "", 404, "Not Found"},
    {"POST", "/v2", "", 405, "Method Not Allowed"},
    {"GET", "/v2/models/fp32/infer", "", 405, "Method Not Allowed"},
    {"POST", "/v2/models/fp32/versions/x/infer", "{}", 404, "Not Found"},
    {"POST", "/v2/models/fp32/versions/7/infer", "{}", 404,
     "Request for unknown model: 'fp32' version 7 is not found"},
    {"POST", "/v2/repository/r/models/m/load", "", 501, "'repository_name' specification is not supported"},
    {"POST", "/v2/repository/index", "[]", 400, "attempt to access JSON non-object as object"},
    {"POST", "/v2/repository/index", "AAAA", 400,
     "failed to parse the request JSON buffer: Invalid value. at 0"},
    {"POST", "/v2/logging", "AAAA", 503, "the server does not support dynamic logging"},
    {"POST", "/v2/trace/setting", "[1,", 400,
     "failed to parse the request JSON buffer: Missing a comma or ] after an array element. at 0"},
    {"POST", "/v2/systemsharedmemory/region/r/register", "", 400,
     "failed to parse the request JSON buffer: The document is empty. at 0"},
    {"POST", "/v2/repository/index", R"({"ready":1})", 400,
     "Unable to parse 'ready': attempt to access JSON non-boolean as boolean"},
    {"POST", "/v2/repository/models/m/load", "", 400,
     "failed to load 'm', failed to poll from model repository"},
    {"POST", "/v2/repository/models/a..b/load", "", 400,
     "model name must not contain path traversal characters"},
    {"POST", "/v2/repository/models/m/load", R"({"parameters":{"config":7}})", 400,
     "Unable to parse 'config': attempt to access JSON non-string as string"},
    {"POST", "/v2/repository/models/m/load", R"({"parameters":{"file:../x":""}})", 400,
     "failed to load 'm', failed to poll from model repository: 'file:../x' must name a file inside of the "
     "model's folder"},
    {"POST", "/v2/repository/models/m/load", R"({"parameters":{"file:/x":""}})", 400,
     "failed to load 'm', failed to poll from model repository: 'file:/x' must name a file inside of the "
     "model's folder"},
    {"POST", "/v2/repository/models/m/load", R"({"parameters":{"file:1/m":"?"}})", 400,
     "failed to load 'm', failed to poll from model repository: 'file:1/m' is no base64"},
    {"POST", "/v2/repository/models/m/load", R"({"parameters":{"file:1/m":"aGVsbG8="}})", 400,
     "failed to load 'm', failed to poll from model repository: load parameter 'config' must be specified "
     "when files are given"},
    {"POST", "/v2/repository/models/m/unload", R"({"parameters":{"unload_dependents":"x"}})", 400,
     "Unable to parse 'unload_dependents': attempt to access JSON non-boolean as boolean"},
    {"POST", "/v2/systemsharedmemory/region/r/register", "{}", 400,
     "Shared memory register request has no 'key' field"},
    {"POST", "/v2/systemsharedmemory/region/r/register", R"({"key":"/k"})", 400,
     "Shared memory register request has no 'byte_size' field"},
    {"POST", "/v2/systemsharedmemory/region/r/register", R"({"key":"/oree-none","byte_size":1})", 400,
     "Unable to open shared memory region: '/oree-none'"},
    {"POST", "/v2/systemsharedmemory/region/r/register", R"({"key":"/k","byte_size":-1})", 400,
     "Unable to parse 'byte_size': attempt to access JSON non-unsigned-integer as unsigned-integer"},
    {"GET", "/v2/systemsharedmemory/region/r/status", "", 404,
     "Unable to find system shared memory region: 'r'"},
    {"POST", "/v2/cudasharedmemory/region/r/register", "{}", 400,
     "failed to register CUDA shared memory region: 'r', GPUs not supported"},
    {"GET", "/v2/cudasharedmemory/region/r/status", "", 404, "Unable to find cuda shared memory region: 'r'"},
};

TEST_CASE("WhoeverAsksWronglyIsToldSo") {
  const Dialect dialect;
  for (const Wrong& row : kWrong) {
    const Answer answer = dialect.call(row.method, row.path, row.body);
    CHECK_MESSAGE(answer.status == row.status, row.path);
    CHECK(answer.error() == row.sentence);
  }
}

struct BadInput {
  std::string_view model, json, bytes, sentence;
};

// {I…}: the request's inputs hold this object.
constexpr BadInput kBad[] = {
    {"fp32", "", "", "failed to parse the request JSON buffer: The document is empty. at 0"},
    {"fp32", "{", "",
     "failed to parse the request JSON buffer: Missing a comma or } after an object member. at 0"},
    {"fp32", "{} x", "",
     "failed to parse the request JSON buffer: Missing a comma or } after an object member. at 0"},
    {"fp32", "{}", "", "Unable to parse 'inputs': attempt to access non-existing object member 'inputs'"},
    {"fp32", "[]", "", "Unable to parse 'request': attempt to access JSON non-object as object"},
    {"fp32", R"({"inputs":{}})", "", "Unable to parse 'inputs': attempt to access JSON non-array as array"},
    {"fp32", R"({"inputs":[7]})", "",
     "Unable to parse 'inputs': attempt to access JSON non-object as object"},
    {"fp32", R"({"id":7,"inputs":[]})", "",
     "Unable to parse 'id': attempt to access JSON non-string as string"},
    {"fp32", R"(I"shape":[1],"datatype":"FP32","data":[1])", "",
     "Unable to parse 'name': attempt to access non-existing object member 'name'"},
    {"fp32", R"(I"name":"x","datatype":"FP32","data":[1])", "",
     "Unable to parse 'shape': attempt to access non-existing object member 'shape'"},
    {"fp32", R"(I"name":"x","shape":[1],"data":[1])", "",
     "Unable to parse 'datatype': attempt to access non-existing object member 'datatype'"},
    {"fp32", R"(I"name":"x","shape":[2,-5],"datatype":"FP32","data":[1])", "",
     "Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"FP99","data":[1])", "", "invalid datatype 'FP99'"},
    {"fp32", R"(I"name":"x","shape":[16,1152921504606846978],"datatype":"FP32","data":[1])", "",
     "input 'x' shape [16,1152921504606846978] causes total element count to exceed maximum size of "
     "9223372036854775807"},
    {"fp32", R"(I"name":"x","shape":[4,1152921504606846978],"datatype":"FP32","data":[1])", "",
     "byte size overflow for input 'x'"},
    {"fp32", R"(I"name":"x","shape":[1000000000],"datatype":"FP32","data":[1])", "",
     "Unable to parse 'data': Shape does not match true shape of 'data' field"},
    {"fp32", R"(I"name":"x","shape":[2],"datatype":"FP32","data":[1,2],"shape":[1])", "",
     "an input has 'shape' twice"},
    {"fp32", R"(I"name":"x","shape":[2],"datatype":"FP32","data":[1,2],"datatype":"INT8")", "",
     "an input has 'datatype' twice"},
    {"fp32", R"(I"name":"x","shape":[3],"datatype":"FP32","data":[1,2])", "",
     "Unable to parse 'data': Shape does not match true shape of 'data' field"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"FP32","data":[1,2])", "",
     "Unable to parse 'data': Shape does not match true shape of 'data' field"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"FP32","data":["1"])", "",
     "Unable to parse 'data': attempt to access JSON non-number as number"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"FP32","data":7)", "",
     "Unable to parse 'data': attempt to access JSON non-array as array"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"FP32","data":[1e39])", "",
     "Unable to parse 'data': attempt to access JSON non-number as number"},
    {"fp32", R"(I"data":[1,"]"],"name":"x","shape":[1],"datatype":"FP32")", "",
     "failed to parse the request JSON buffer"},
    {"int8", R"(I"name":"x","shape":[1],"datatype":"INT8","data":[128])", "",
     "Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer"},
    {"int8", R"(I"data":[1.5],"name":"x","shape":[1],"datatype":"INT8")", "",
     "Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer"},
    {"uint8", R"(I"name":"x","shape":[1],"datatype":"UINT8","data":[-1])", "",
     "Unable to parse 'data': attempt to access JSON non-unsigned-integer as unsigned-integer"},
    {"bool", R"(I"name":"x","shape":[1],"datatype":"BOOL","data":[1])", "",
     "Unable to parse 'data': attempt to access JSON non-boolean as boolean"},
    {"bytes", R"(I"name":"x","shape":[1],"datatype":"BYTES","data":[1])", "",
     "Unable to parse 'data': attempt to access JSON non-string as string"},
    {"bytes", R"(I"name":"x","shape":[2],"datatype":"BYTES","data":["a"])", "",
     "Unable to parse 'data': Shape does not match true shape of 'data' field"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"FP32")", "",
     "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', "
     "'shared_memory_region' in 'parameters'. But no field is set"},
    {"fp32",
     R"(I"name":"x","shape":[1],"datatype":"FP32","data":[1],"parameters":{"binary_data_size":4,"shared_memory_region":"r"})",
     "abcd",
     "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', "
     "'shared_memory_region' in 'parameters'. But set 'data' 'binary_data_size' 'shared_memory_region'"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":-4})", "",
     "Unable to parse 'binary_data_size': attempt to access JSON non-unsigned-integer as unsigned-integer"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4})", "ab",
     "unexpected size for input 'x', expecting 2 additional bytes for model 'fp32'"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4})", "abcde",
     "unexpected additional input data for model 'fp32'"},
    {"fp32", R"(I"name":"x","shape":[8],"datatype":"FP32","parameters":{"binary_data_size":40})",
     "0123456789012345678901234567890123456789",
     "input byte size mismatch for input 'x' for model 'fp32'. Expected 32, got 40"},
    {"bytes", R"(I"name":"x","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":3})", "abc",
     "incomplete string length indicator for inference input 'x', expecting 4 bytes but only 3 bytes "
     "available"},
    {"fp32",
     R"(I"name":"x","shape":[1],"datatype":"FP32","parameters":{"shared_memory_region":"r","shared_memory_byte_size":4})",
     "", "Unable to find shared memory region: 'r'"},
    {"fp32", R"(I"name":"x","shape":[1],"datatype":"INT32","data":[1])", "",
     "inference input 'x' data-type is 'INT32', but model 'fp32' expects 'FP32'"},
    {"simple",
     R"(I"name":"INPUT0","shape":[1,16],"datatype":"INT32","data":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16])",
     "",
     "expected 2 inputs but got 1 inputs for model 'simple'. Got input(s) ['INPUT0'], but missing required "
     "input(s) ['INPUT1']. Please provide all required input(s)."},
    {"fp32", R"(O"name":"z")", "", "unexpected inference output 'z' for model 'fp32'"},
    {"fp32", R"(O"name":"y"},{"name":"y")", "", "Duplicate output name 'y' is not allowed in a request"},
    {"fp32", R"(O"parameters":{})", "",
     "Unable to parse 'name': attempt to access non-existing object member 'name'"},
    {"fp32", R"(O"name":"y","parameters":{"classification":-1})", "",
     "Unable to parse 'classification': attempt to access JSON non-unsigned-integer as unsigned-integer"},
    {"fp32", R"(O"name":"y","parameters":{"shared_memory_region":"r","classification":1})", "",
     "Output can't set both 'shared_memory_region' and 'classification'"},
    {"fp32", R"(O"name":"y","parameters":{"shared_memory_region":"r","binary_data":true})", "",
     "Output can't set both 'shared_memory_region' and 'binary_data'"},
    {"fp32", R"(P"sequence_start":1)", "",
     "Unable to parse 'sequence_start': attempt to access JSON non-boolean as boolean"},
    {"fp32", R"(P"sequence_id":true)", "",
     "Unable to parse 'sequence_id': attempt to access JSON non-string as string"},
    {"fp32", R"(P"priority":-1)", "",
     "Unable to parse 'priority': attempt to access JSON non-unsigned-integer as unsigned-integer"},
    {"fp32", R"(P"timeout":"1")", "",
     "Unable to parse 'timeout': attempt to access JSON non-unsigned-integer as unsigned-integer"},
    {"fp32", R"(P"triton_x":1)", "",
     "parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified."},
    {"fp32", R"(P"a":{})", "",
     "parameter 'a' has invalid type. It should be either 'int', 'bool', or 'string'."},
};

std::string spelled_out(std::string_view json) {
  constexpr std::string_view kInput = R"("inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}])";
  if (json.starts_with('I')) return cat(R"({"inputs":[{)", json.substr(1), "}]}");
  if (json.starts_with('O')) return cat("{", kInput, R"(,"outputs":[{)", json.substr(1), "}]}");
  if (json.starts_with('P')) return cat("{", kInput, R"(,"parameters":{)", json.substr(1), "}}");
  return std::string(json);
}

TEST_CASE("BadInferenceRequestsAreToldWhatIsWrong") {
  const Dialect dialect;
  for (const BadInput& row : kBad) {
    const std::string json = spelled_out(row.json);
    const Answer answer =
        row.bytes.empty() ? dialect.infer(row.model, json) : dialect.infer_binary(row.model, json, row.bytes);
    CHECK_MESSAGE(answer.status >= 400, json);
    CHECK_MESSAGE(answer.error().starts_with(row.sentence), json);
  }
}

TEST_CASE("TheHeaderLengthMustLieInTheBody") {
  const Dialect dialect;
  const auto error = [&](std::string_view length) {
    const Answer answer =
        dialect.infer("fp32", "{}", {{"Inference-Header-Content-Length", std::string(length)}});
    CHECK(answer.status == 400);
    return answer.error();
  };
  CHECK(error("3") == "inference header size should be in range (0, 2), got: 3");
  CHECK(error("-1") == "inference header size should be in range (0, 2), got: -1");
  CHECK(error("99999999999") == "inference header size should be in range (0, 2), got: 99999999999");
  CHECK(error("1x") == "Unable to parse Inference-Header-Content-Length, got: 1x");
}

TEST_CASE("NestingDeeperThanAHundredIsRefused") {
  const Dialect dialect;
  const auto ask = [&](size_t depth) {
    const std::string data = cat(std::string(depth, '['), "1", std::string(depth, ']'));
    return dialect.infer(
        "fp32", cat(R"({"inputs":[{"data":)", data, R"(,"name":"x","shape":[1],"datatype":"FP32"}]})"));
  };
  CHECK(ask(50).status == 200);
  CHECK(ask(120).error().find("JSON nesting depth exceeds maximum allowed limit (100)") != std::string::npos);
}

// ---- over a socket

struct Served : http::testing::Fixture {
  template <class Models>
  explicit Served(Dialect<Models>& dialect) {
    dialect.oip.mount(router);
    options.error_page = [](int status, std::string_view what, const http::Request& request) {
      return error_page(status, what, request).value_or(http::text(status, what));
    };
  }
};

constexpr std::string_view kOne = R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[2.5]}]})";
constexpr std::string_view kOneAnswer =
    R"({"model_name":"fp32","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[1],"data":[2.5]}]})";

TEST_CASE("AnswersComeLaterFromAnotherThread") {
  Dialect<testing::LateService> dialect;
  Served served(dialect);
  http::testing::RawClient first = served.connect(), second = served.connect();
  first.send(http::testing::http_post("/v2/models/fp32/infer", kOne));
  second.send(http::testing::http_post("/v2/models/fp32/infer", kOne));
  dialect.service.release(2);
  CHECK(first.answer().body == kOneAnswer);
  CHECK(second.answer().body == kOneAnswer);
}

TEST_CASE("AClientThatGoesWhileItsCallRunsHurtsNobody") {
  Dialect<testing::LateService> dialect;
  Served served(dialect);
  http::testing::RawClient gone = served.connect();
  gone.send(http::testing::http_post("/v2/models/fp32/infer", kOne));
  http::testing::RawClient stays = served.connect();
  stays.send(http::testing::http_post("/v2/models/fp32/infer", kOne));
  gone.close();
  CHECK(http::testing::eventually([&] { return served.server->stats().connections == 1; }));
  dialect.service.release(2);
  CHECK(stays.answer().body == kOneAnswer);
}

TEST_CASE("AClientThatGoesInTheMiddleOfItsBodyHurtsNobody") {
  Dialect dialect;
  Served served(dialect);
  http::testing::RawClient gone = served.connect();
  gone.send("POST /v2/models/fp32/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n{\"inputs\"");
  gone.close();
  http::testing::RawClient stays = served.connect();
  stays.send(http::testing::http_post("/v2/models/fp32/infer", kOne));
  const http::Response answer = stays.answer();
  CHECK(answer.status == 200);
  CHECK(answer.body == kOneAnswer);
}

TEST_CASE("ChunkedBodiesAreTakenAndPathsThatLeaveAreNot") {
  Dialect dialect;
  Served served(dialect);
  http::testing::RawClient client = served.connect();
  std::string chunked =
      "POST /v2/models/fp32/infer HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char c : kOne) chunked += cat("1\r\n", c, "\r\n");
  client.send(chunked + "0\r\n\r\n");
  CHECK(client.answer().body == kOneAnswer);
  client.send(http::testing::http_post("/v2/repository/models/../load", ""));
  const http::Response refused = client.answer();
  CHECK(refused.status == 400);
  CHECK(refused.body == R"({"error":"model name must not contain path traversal characters"})");
}

}  // namespace
}  // namespace oree::oip
