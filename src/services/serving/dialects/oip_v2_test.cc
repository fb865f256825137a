#include "services/serving/dialects/oip_v2.h"

#include <doctest/doctest.h>

#include "platform/json/value.h"
#include "services/serving/testing/models.h"

namespace oree::serving {
namespace {

using testing::Models;

// The models, mounted: "sums" (versions 1, 3 and the broken 4), "bytes", "nan", "half".
struct Mounted {
  Models models;
  std::unique_ptr<ModelRepository> repository;
  http::Router router;

  Mounted() {
    models.add("sums", "1", "add");
    models.add("sums", "3", "add");
    models.add("sums", "4", "broken");
    models.add("bytes", "1", "bytes");
    models.add("nan", "1", "nan");
    models.add("half", "1", "half");
    models.add("ruin", "1", "broken");
    repository = models.open();
    mount_oip_v2(router, *repository, {"oree", "0.1.0"});
  }

  http::Response get(std::string_view path) const { return testing::call(router, "GET", path); }
  http::Response post(std::string_view path, std::string_view body) const {
    return testing::call(router, "POST", path, body);
  }
  std::string error(std::string_view path, std::string_view body, int status) const {
    const http::Response response = post(path, body);
    CHECK(response.status == status);
    const auto parsed = json::parse(response.body);
    REQUIRE(parsed.has_value());
    REQUIRE(parsed->find("error") != nullptr);
    return *parsed->find("error")->text();
  }
};

TEST_CASE("TheServerLivesAndIsReady") {
  const Mounted server;
  CHECK(server.get("/v2/health/live").body == R"({"live":true})");
  CHECK(server.get("/v2/health/ready").status == 200);
  CHECK(server.get("/v2").body == R"({"name":"oree","version":"0.1.0","extensions":["model_repository"]})");
  CHECK(testing::call(server.router, "DELETE", "/v2").status == 405);
}

TEST_CASE("MetadataIsThatOfTheNewestVersionThatLoads") {
  const Mounted server;
  CHECK(
      server.get("/v2/models/sums").body ==
      R"({"name":"sums","versions":["3"],"platform":"fake_onnx",)"
      R"("inputs":[{"name":"a","datatype":"FP32","shape":[-1,3]},{"name":"b","datatype":"FP32","shape":[-1,3]}],)"
      R"("outputs":[{"name":"sum","datatype":"FP32","shape":[-1,3]}]})");
  CHECK(server.get("/v2/models/sums/versions/1").status == 200);
  CHECK(server.get("/v2/models/sums").body.find(R"("versions":["1","3"])") != std::string::npos);
}

TEST_CASE("ReadinessOfModels") {
  const Mounted server;
  CHECK(server.get("/v2/models/sums/ready").body == R"({"name":"sums","ready":true})");
  CHECK(server.get("/v2/models/sums/versions/3/ready").status == 200);
  const http::Response broken = server.get("/v2/models/sums/versions/4/ready");
  CHECK(broken.status == 400);
  CHECK(broken.body.starts_with(R"({"error":"Model version not ready)"));
  CHECK(server.get("/v2/models/none/ready").status == 404);
}

TEST_CASE("UnknownModelsAreAnsweredWithTheSentenceClientsKnow") {
  const Mounted server;
  CHECK(server.error("/v2/models/none/infer", "{}", 404) == "Request for unknown model: 'none' is not found");
  CHECK(server.error("/v2/models/sums/versions/9/infer", "{}", 404) ==
        "Request for unknown model: 'sums' version 9 is not found");
  CHECK(server.error("/v2/models/sums/versions/4/infer", "{}", 503).find("version 4 is not at ready state") !=
        std::string::npos);
  CHECK(server.error("/v2/models/ruin/infer", "{}", 503).find("'ruin' has no available versions") !=
        std::string::npos);
}

constexpr std::string_view kSum =
    R"({"id":"7","inputs":[{"name":"a","shape":[2,3],"datatype":"FP32","data":[[1,2,3],[4,5.5,6]]},)"
    R"({"name":"b","shape":[2,3],"datatype":"FP32","data":[10,20,30,40,50,60]}]})";

TEST_CASE("TensorsComeNestedOrFlatAndGoFlat") {
  const Mounted server;
  const http::Response response = server.post("/v2/models/sums/infer", kSum);
  CHECK(response.status == 200);
  CHECK(response.body == R"({"model_name":"sums","model_version":"3","id":"7","outputs":)"
                         R"([{"name":"sum","datatype":"FP32","shape":[2,3],"data":[11,22,33,44,55.5,66]}]})");
  CHECK(server.post("/v2/models/sums/versions/1/infer", kSum).body.find(R"("model_version":"1")") !=
        std::string::npos);
}

TEST_CASE("MembersMayComeInAnyOrder") {
  const Mounted server;
  const http::Response response = server.post(
      "/v2/models/sums/infer",
      R"({"outputs":[{"name":"sum","parameters":{"binary_data":false}}],"extra":{"x":[1]},"inputs":[)"
      R"({"data":[10,20,30],"datatype":"FP32","parameters":{"note":1},"name":"b","shape":[1,3]},)"
      R"({"shape":[1,3],"data":[[1,2,3]],"name":"a","datatype":"FP32"}]})");
  CHECK(response.body.find(R"("data":[11,22,33])") != std::string::npos);
  CHECK(response.body.find("\"id\"") == std::string::npos);
}

TEST_CASE("IntegersAndBooleansKeepTheirForm") {
  const Mounted server;
  const http::Response response = server.post(
      "/v2/models/bytes/infer", R"({"inputs":[{"name":"x","shape":[2],"datatype":"UINT8","data":[0,255]}]})");
  CHECK(
      response.body.find(R"("data":[0,255]},{"name":"flag","datatype":"BOOL","shape":[1],"data":[true]})") !=
      std::string::npos);
  const http::Response one = server.post(
      "/v2/models/bytes/infer",
      R"({"inputs":[{"name":"x","shape":[2],"datatype":"UINT8","data":[0,255]}],"outputs":[{"name":"flag"}]})");
  CHECK(one.body.find("\"y\"") == std::string::npos);
  CHECK(server
            .error("/v2/models/bytes/infer",
                   R"({"inputs":[{"name":"x","shape":[2],"datatype":"UINT8","data":[0,256]}]})", 400)
            .find("inputs") != std::string::npos);
}

std::string one_input(std::string_view members) {
  return R"({"inputs":[{)" + std::string(members) +
         R"(},{"name":"b","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]})";
}

TEST_CASE("WrongTensorsGetTheSentencesClientsKnow") {
  const Mounted server;
  const std::string_view sums = "/v2/models/sums/infer";
  CHECK(server.error(sums, R"({"inputs":[{"name":"b","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]})",
                     400) ==
        "expected 2 inputs but got 1 inputs for model 'sums'. Got input(s) ['b'], but missing required "
        "input(s) "
        "['a']. Please provide all required input(s).");
  CHECK(server.error(sums, R"({"inputs":[]})", 400).starts_with("expected 2 inputs but got 0 inputs"));
  CHECK(server.error(sums, one_input(R"("name":"c","shape":[1,3],"datatype":"FP32","data":[1,2,3])"), 400) ==
        "unexpected inference input 'c' for model 'sums'");
  CHECK(server.error(sums, one_input(R"("name":"b","shape":[1,3],"datatype":"FP32","data":[1,2,3])"), 400) ==
        "input 'b' already exists in request");
  CHECK(server.error(sums, one_input(R"("name":"a","shape":[1,3],"datatype":"INT32","data":[1,2,3])"), 400) ==
        "inference input 'a' data-type is 'INT32', but model 'sums' expects 'FP32'");
  CHECK(server.error(sums, one_input(R"("name":"a","shape":[1,4],"datatype":"FP32","data":[1,2,3,4])"),
                     400) == "unexpected shape for input 'a' for model 'sums'. Expected [-1,3], got [1,4]");
  CHECK(server.error(sums, one_input(R"("name":"a","shape":[1,3],"datatype":"FP32","data":[1,2])"), 400) ==
        "input byte size mismatch for input 'a' for model 'sums'. Expected 12, got 8");
  CHECK(server.error(sums, one_input(R"("name":"a","shape":[9999999999,3],"datatype":"FP32","data":[])"), 400)
            .find("input") != std::string::npos);
  CHECK(server.error(sums, one_input(R"("name":"a","shape":[-1,3],"datatype":"FP32","data":[])"), 400)
            .find("'a'") != std::string::npos);
}

TEST_CASE("WrongOutputsAreNamed") {
  const Mounted server;
  const std::string request(kSum.substr(0, kSum.size() - 1));
  CHECK(server.error("/v2/models/sums/infer", request + R"(,"outputs":[{"name":"product"}]})", 400) ==
        "unexpected inference output 'product' for model 'sums'");
  CHECK(server.error("/v2/models/sums/infer", request + R"(,"outputs":[{"name":"sum"},{"name":"sum"}]})",
                     400) == "output 'sum' already exists in request");
}

TEST_CASE("BodiesThatAreNoInferenceAreRefused") {
  const Mounted server;
  const std::string_view sums = "/v2/models/sums/infer";
  for (const std::string_view body :
       {"", "[]", "{", "null", R"({"inputs":{}})", R"({"inputs":[1]})", R"({"inputs":[{"name":"a"}]})",
        R"({"id":1,"inputs":[]})", R"({"inputs":[{"name":"a","datatype":"FLOAT"}]})", R"({"inputs":[]} x)"}) {
    INFO(body);
    server.error(sums, body, 400);
  }
  CHECK(server.error(sums, "{}", 400) == "the request has no 'inputs'");
  CHECK(server.error(sums, one_input(R"("name":"a","shape":[1,3],"datatype":"FP32")"), 400) ==
        "the request is no inference: inputs[0]: input 'a' has no 'data'");
  CHECK(server.error(sums, one_input(R"("data":["x"],"name":"a","shape":[1,3],"datatype":"FP32")"), 400)
            .find("element 0 does not fit") != std::string::npos);
}

TEST_CASE("WhatJsonCannotCarryIsUnsupported") {
  const Mounted server;
  CHECK(server.error("/v2/models/nan/infer",
                     R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]})",
                     501) == "output 'y' holds NaN or an infinity, which JSON cannot carry");
  CHECK(server
            .error("/v2/models/half/infer",
                   R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP16","data":[1]}]})", 400)
            .find("sending FP16 data via JSON is not supported. Please use the binary data format for input "
                  "'x'") != std::string::npos);
  CHECK(server
            .error("/v2/models/half/infer",
                   R"({"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["a"]}]})", 501)
            .find("BYTES") != std::string::npos);
  const http::Response binary = testing::call(server.router, "POST", "/v2/models/sums/infer", "",
                                              {{"Inference-Header-Content-Length", "10"}});
  CHECK(binary.status == 501);
}

TEST_CASE("TheIndexTellsStatesAndReasons") {
  const Mounted server;
  CHECK(server.post("/v2/repository/index", "")
            .body.find(R"({"name":"sums","version":"3","state":"UNAVAILABLE","reason":"not loaded"})") !=
        std::string::npos);
  server.get("/v2/models/sums");
  CHECK(server.post("/v2/repository/index", R"({"ready":true})").body ==
        R"([{"name":"sums","version":"3","state":"READY","reason":""}])");
}

TEST_CASE("ModelsAreLoadedAndUnloadedOnRequest") {
  const Mounted server;
  CHECK(server.post("/v2/repository/models/bytes/load", "").status == 200);
  CHECK(server.post("/v2/repository/models/bytes/unload", "").body.empty());
  CHECK(server.get("/v2/models/bytes/ready").status == 400);
  CHECK(server.error("/v2/repository/models/none/load", "", 404).find("none") != std::string::npos);
  CHECK(server.error("/v2/repository/models/ruin/load", "", 400).find("model.onnx") != std::string::npos);
}

TEST_CASE("PathsOfThisDialectGetItsErrorPages") {
  http::Request request;
  request.path = "/v2/nothing";
  CHECK(oip_v2_error_page(404, "", request)->body == R"({"error":"Not Found"})");
  CHECK(oip_v2_error_page(405, "", request)->body == R"({"error":"Method Not Allowed"})");
  CHECK(oip_v2_error_page(413, "too large", request)->body == R"({"error":"too large"})");
  request.path = "/v20";
  CHECK_FALSE(oip_v2_error_page(404, "", request).has_value());
}

}  // namespace
}  // namespace oree::serving
