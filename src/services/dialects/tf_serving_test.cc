#include "services/dialects/tf_serving.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "core/inference/backends/fake/fake_backend.h"
#include "core/inference/testing/model_service.h"
#include "platform/json/value.h"
#include "services/dialects/edge_impulse.h"
#include "services/dialects/ovms.h"

using namespace oree;
using namespace oree::dialects;
using tensor::DType;

namespace {

// "half": y = x / 2 + 2, which is TensorFlow Serving's own example.
struct Mounted {
  inference::FakeBackend backend;
  inference::testing::ModelService service;
  http::Router router;

  explicit Mounted(Neighbours neighbours = {}) {
    backend.define("half", {{{{"x", DType::f32, {-1, 2}}}, {{"y", DType::f32, {-1, 2}}}}, [](auto inputs) {
                              auto out = tensor::Tensor::create(
                                  DType::f32, tensor::Shape(inputs[0].shape.begin(), inputs[0].shape.end()));
                              const auto x = inputs[0].template as<float>();
                              for (size_t i = 0; i < x.size(); ++i)
                                out->template as<float>()[i] = x[i] / 2 + 2;
                              std::vector<tensor::Tensor> all;
                              all.push_back(*std::move(out));
                              return Result<std::vector<tensor::Tensor>>(std::move(all));
                            }});
    auto model = backend.load_bytes(as_bytes("oree-fake half"), "half", {});
    REQUIRE(model);
    const inference::Description description{"half",
                                             "1",
                                             "fake",
                                             0,
                                             {{{"x", DType::f32, {-1, 2}}, false, {}}},
                                             {{{"y", DType::f32, {-1, 2}}, false, {"low", "high"}}}};
    service.add(description, *std::move(model));
    mount_tf_serving(router, service, std::move(neighbours));
    mount_ovms(router, service, [] { return Status{}; });
    mount_edge_impulse(router, {&service, nullptr, [] { return std::string("half"); }, {}});
  }

  http::Response call(std::string method, std::string path, std::string body = "") const {
    http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.body = std::move(body);
    auto match = router.match(request.method, request.path);
    if (match.route == nullptr) return http::text(match.path_known ? 405 : 404, "");
    request.captures = std::move(match.captures);
    return match.route->handler(request);
  }
};

}  // namespace

TEST_CASE("Rows become predictions, columns outputs, under every address of the model") {
  const Mounted server;
  for (const char* path : {"/v1/models/half:predict", "/v1/models/half/versions/1:predict",
                           "/v1/models/half/labels/stable:predict"}) {
    const http::Response rows = server.call("POST", path, R"({"instances": [[1, 2], [5, 6]]})");
    CHECK_MESSAGE(rows.status == 200, path);
    CHECK(*json::parse(rows.body) == *json::parse(R"({"predictions": [[2.5, 3.0], [4.5, 5.0]]})"));
  }
  const http::Response columns =
      server.call("POST", "/v1/models/half:predict", R"({"inputs": {"x": [[1, 2]]}})");
  CHECK(*json::parse(columns.body) == *json::parse(R"({"outputs": [[2.5, 3.0]]})"));
}

TEST_CASE("Examples are classified with the model's labels, the context fills what they leave out") {
  const Mounted server;
  const http::Response answer = server.call("POST", "/v1/models/half:classify",
                                            R"({"context": {"x": [0, 2]}, "examples": [{"x": [2, 4]}, {}]})");
  CHECK(answer.status == 200);
  CHECK(*json::parse(answer.body) ==
        *json::parse(R"({"results": [[["low", 3.0], ["high", 4.0]], [["low", 2.0], ["high", 3.0]]]})"));
  CHECK(server.call("POST", "/v1/models/half:regress", R"({"examples": [{"x": [2, 4]}]})").status == 400);
}

TEST_CASE("What is not there is refused in TensorFlow Serving's words") {
  const Mounted server;
  const auto refused = [&](const char* path, const char* body) {
    const http::Response answer = server.call("POST", path, body);
    return cat(answer.status, " ", *json::parse(answer.body)->find("error")->text());
  };
  CHECK(refused("/v1/models/none:predict", "{}") == "404 Servable not found for request: Latest(none)");
  CHECK(refused("/v1/models/half/versions/7:predict", "{}") ==
        "404 Servable not found for request: Specific(half, 7)");
  CHECK(refused("/v1/models/half/labels/canary:predict", "{}") ==
        "404 Unrecognized servable version label: canary");
  CHECK(refused("/v1/models/half:predict", "{}") == "400 Missing 'inputs' or 'instances' key");
  CHECK(refused("/v1/models/half:predict", "") == "400 JSON Parse error: The document is empty.");
  CHECK(refused("/v1/models/half:explain", "{}").starts_with("404 Malformed request: POST"));
}

TEST_CASE("State and metadata answer TensorFlow Serving, KServe and OVMS") {
  const Mounted server;
  const auto status = *json::parse(server.call("GET", "/v1/models/half").body);
  CHECK(*status.find("model_version_status") ==
        *json::parse(
            R"([{"version":"1","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}])"));
  CHECK(*status.find("ready")->boolean());
  CHECK(server.call("GET", "/v1/models/none").status == 404);
  const auto metadata = *json::parse(server.call("GET", "/v1/models/half/versions/1/metadata").body);
  CHECK(*metadata.find("model_spec")->find("version")->text() == "1");
  CHECK(server.call("GET", "/v1/models").body == R"({"models":["half"]})");
  CHECK(json::parse(server.call("GET", "/v1/config").body)->find("half") != nullptr);
  CHECK(server.call("POST", "/v1/config/reload").status == 201);
}

TEST_CASE("A picture at the same address goes to the neighbour") {
  const Mounted server(
      {.picture = [](const http::Request&) { return http::text(200, "a picture"); },
       .metadata = [](std::string_view) { return json::Object{{"output_type", "classification"}}; }});
  CHECK(server.call("POST", "/v1/models/half/versions/1:predict", "\xff\xd8 jpeg").body == "a picture");
  CHECK(json::parse(server.call("GET", "/v1/models/half/metadata").body)->find("output_type") != nullptr);
}

TEST_CASE("Edge Impulse's runner takes features and says what it wants") {
  const Mounted server;
  const http::Response answer = server.call("POST", "/api/features", R"({"features": [2, 4]})");
  CHECK(answer.status == 200);
  CHECK(*json::parse(answer.body)->find("result") ==
        *json::parse(R"({"classification": {"low": 3.0, "high": 4.0}})"));
  CHECK(server.call("POST", "/api/features", R"({"features": [2]})").body == "Expected 2 features, got 1");
  const auto info = *json::parse(server.call("GET", "/api/info").body);
  CHECK(*info.find("modelParameters")->find("input_features_count")->integer() == 2);
}
