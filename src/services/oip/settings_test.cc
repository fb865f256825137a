// Trace and logging settings: what clients change, and what then happens.
#include "services/oip/settings.h"

#include <doctest/doctest.h>

#include "services/oip/testing/dialect.h"

namespace oree::oip {
namespace {

using testing::Dialect;

constexpr std::string_view kOne =
    R"({"id":"q","inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[2.5,1]}]})";

struct Lines final : Log {
  void write(LogLevel, std::string_view sentence) override { text += cat(sentence, ";"); }
  std::string text;
};

struct Traced {
  std::vector<std::pair<uint64_t, json::Value>> traces;
  Lines lines;
  LogSwitch log{lines};
  Dialect<> dialect{
      RegionsFor::this_machine,
      [this](uint64_t file, std::string_view text) { traces.emplace_back(file, *json::parse(text)); }, &log};
};

TEST_CASE("NothingIsTracedUntilAClientAsksForIt") {
  Traced server;
  CHECK(
      server.dialect.get("/v2/trace/setting").body ==
      R"({"trace_level":["OFF"],"trace_rate":"1000","trace_count":"-1","log_frequency":"0","trace_file":"","trace_mode":"triton"})");
  CHECK(server.dialect.infer("fp32", kOne).status == 200);
  CHECK(server.traces.empty());
  CHECK(
      server.dialect
          .call(
              "POST", "/v2/trace/setting",
              R"({"trace_level":["TIMESTAMPS","TENSORS"],"trace_rate":"2","trace_count":"2","log_frequency":"1"})")
          .body ==
      R"({"trace_level":["TIMESTAMPS","TENSORS"],"trace_rate":"2","trace_count":"2","log_frequency":"1","trace_file":"","trace_mode":"triton"})");
  for (int i = 0; i < 9; ++i) CHECK(server.dialect.infer("fp32", kOne).status == 200);
  REQUIRE(server.traces.size() == 2);  // every second one, two of them, each in a file of its own
  CHECK(server.traces[0].first == 0);
  CHECK(server.traces[1].first == 1);
  const json::Array& trace = *server.traces[0].second.array();
  CHECK(json::print(trace[0]) == R"({"id":1,"model_name":"fp32","model_version":1,"request_id":"q"})");
  CHECK(*trace[1].find("timestamps")->array()->front().find("name")->text() == "REQUEST_START");
  CHECK(*trace[1].find("timestamps")->array()->back().find("name")->text() == "REQUEST_END");
  CHECK(
      json::print(trace[2]) ==
      R"({"id":1,"activity":"TENSOR_QUEUE_INPUT","tensor":{"name":"x","data":"2.5,1","shape":"2","dtype":"FP32"}})");
  CHECK(*trace[3].find("activity")->text() == "TENSOR_BACKEND_OUTPUT");
}

TEST_CASE("AModelMayDifferFromTheRest") {
  Traced server;
  const std::string own = "/v2/models/fp32/trace/setting";
  CHECK(server.dialect.call("POST", own, R"({"trace_level":["TIMESTAMPS"],"trace_rate":"1"})").status == 200);
  CHECK(server.dialect.get("/v2/trace/setting").body.find("OFF") != std::string::npos);
  CHECK(server.dialect.infer("fp32", kOne).status == 200);
  CHECK(server.dialect.infer("fp64", R"({"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[1]}]})")
            .status == 200);
  CHECK(server.traces.size() == 1);
  CHECK(
      server.dialect.call("POST", own, R"({"trace_level":null,"trace_rate":null})").body ==
      R"({"trace_level":["OFF"],"trace_rate":"1000","trace_count":"-1","log_frequency":"0","trace_file":"","trace_mode":"triton"})");
  CHECK(server.dialect.infer("fp32", kOne).status == 200);
  CHECK(server.traces.size() == 1);
  CHECK(server.dialect.get("/v2/models/none/trace/setting").status == 404);
}

TEST_CASE("TraceSettingsThatAreNoneAreRefusedAndChangeNothing") {
  Traced server;
  const auto error = [&](std::string_view body) {
    return server.dialect.call("POST", "/v2/trace/setting", body).error();
  };
  CHECK(error(R"({"trace_rate":"7","trace_level":["OFF","TENSORS"]})") ==
        "Expect only one trace level 'OFF' is specified");
  CHECK(error(R"({"trace_level":["MAX"]})") == "unknown trace level 'MAX'");
  CHECK(error(R"({"trace_level":"OFF"})") ==
        "Unable to parse 'trace_level': attempt to access JSON non-array as array");
  CHECK(error(R"({"trace_rate":"x"})") == "Unable to parse 'trace_rate', got: x");
  CHECK(error(R"({"trace_rate":"4294967296"})") ==
        "Unable to parse 'trace_rate', value is out of range [ 1, 4294967295 ], got: 4294967296");
  CHECK(error(R"({"trace_count":"-2"})") ==
        "Unable to parse 'trace_count', value is out of range [ -1, 2147483647 ], got: -2");
  CHECK(error(R"({"trace_file":"/etc/passwd"})") ==
        "trace file location can not be updated through network protocol");
  CHECK(error(R"({"trace_mode":"opentelemetry"})") == "unknown trace setting 'trace_mode'");
  CHECK(server.dialect.call("POST", "/v2/trace/setting", R"({"trace_file":null,"trace_mode":"triton"})")
            .status == 200);
  CHECK(server.dialect.get("/v2/models/nobody/trace/setting").error() ==
        "Request for unknown model : nobody");
  CHECK(error(R"({"trace_speed":"1"})") == "unknown trace setting 'trace_speed'");
  CHECK(server.dialect.get("/v2/trace/setting").body.find(R"("trace_rate":"1000")") != std::string::npos);
  const Dialect bare;
  CHECK(bare.call("POST", "/v2/trace/setting", "{}").error() == "the server does not support tracing");
}

TEST_CASE("TheLogIsSwitched") {
  Traced server;
  CHECK(
      server.dialect.get("/v2/logging").body ==
      R"({"log_file":"","log_info":true,"log_warning":true,"log_error":true,"log_verbose_level":0,"log_format":"default"})");
  server.log.debug("a");
  CHECK(
      server.dialect.call("POST", "/v2/logging", R"({"log_info":false,"log_verbose_level":1,"log_file":""})")
          .body ==
      R"({"log_file":"","log_info":false,"log_warning":true,"log_error":true,"log_verbose_level":1,"log_format":"default"})");
  server.log.debug("b");
  server.log.info("c");
  server.log.warning("d");
  CHECK(server.lines.text == "b;d;");
  const auto error = [&](std::string_view body) {
    return server.dialect.call("POST", "/v2/logging", body).error();
  };
  CHECK(error(R"({"log_file":"/tmp/x"})") == "log file location can not be updated through network protocol");
  CHECK(error(R"({"log_error":false,"log_format":"json"})") ==
        "invalid argument for --log_format, got: json");
  CHECK(server.log.settings().error);
  CHECK(server.dialect.call("POST", "/v2/logging", R"({"log_format":"ISO8601"})")
            .body.find(R"("log_format":"ISO8601")") != std::string::npos);
  CHECK(server.dialect.call("POST", "/v2/logging", R"({"log_format":"default"})").status == 200);
  CHECK(error(R"({"log_info":1})") ==
        "Unable to parse 'log_info': attempt to access JSON non-boolean as boolean");
  CHECK(error(R"({"log_colour":true})") == "unknown log setting 'log_colour'");
  const Dialect bare;
  CHECK(bare.get("/v2/logging").error() == "the server does not support dynamic logging");
}

}  // namespace
}  // namespace oree::oip
