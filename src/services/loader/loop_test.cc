#include "services/loader/loop.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "platform/http/server.h"
#include "platform/json/value.h"
#include "services/loader/askers.h"

using namespace oree;
using namespace oree::loader;

namespace {

class Counting final : public Asker {
 public:
  explicit Counting(std::atomic<int>& asked) : asked_(asked) {}
  Status ask() override {
    if (++asked_ % 2 == 0) return fail(ErrorKind::busy, "every other one");
    return {};
  }

 private:
  std::atomic<int>& asked_;
};

MakeAsker counting(std::atomic<int>& asked) {
  return [&asked] { return Result<std::unique_ptr<Asker>>(std::make_unique<Counting>(asked)); };
}

}  // namespace

TEST_CASE("Percentiles are values that were measured") {
  std::vector<double> values;
  for (int i = 1000; i >= 1; --i) values.push_back(i);
  const Times times = times_of(values);
  CHECK(times.p50 == 500);
  CHECK(times.p99 == 990);
  CHECK(times.p999 == 999);
  CHECK(times.most == 1000);
  CHECK(times_of({7}).p999 == 7);
}

TEST_CASE("A closed loop counts answers and failures apart, and says what failed first") {
  std::atomic<int> asked{0};
  const auto result = run_loop(counting(asked), {.clients = 2, .warm_up = 0, .seconds = 0.02});
  REQUIRE(result);
  CHECK(result->answers > 0);
  CHECK(result->failures > 0);
  CHECK(result->first_failure == "every other one");
  CHECK(result->refused.most > 0);
  CHECK(result->answers + result->failures == static_cast<uint64_t>(asked));
}

TEST_CASE("An open loop asks as often as it was told to, whatever the answers take") {
  std::atomic<int> asked{0};
  const auto result = run_loop(counting(asked), {.clients = 1, .warm_up = 0, .seconds = 0.2, .rate = 500});
  REQUIRE(result);
  CHECK(asked > 50);
  CHECK(asked < 200);
}

TEST_CASE("In turns, everybody gets every round") {
  std::atomic<int> first{0}, second{0};
  const auto results = run_in_turns({{"first", counting(first)}, {"second", counting(second)}},
                                    {.warm_up = 0, .seconds = 0.005}, 3);
  REQUIRE(results);
  CHECK(results->size() == 2);
  CHECK((*results)[0].answers + (*results)[0].failures == static_cast<uint64_t>(first));
  CHECK((*results)[1].answers + (*results)[1].failures == static_cast<uint64_t>(second));
}

TEST_CASE("A server of the Open Inference Protocol is asked in either form") {
  NullLog log;
  http::Router router;
  std::atomic<size_t> binary{0}, json_bodies{0};
  router.add({"GET", "/v2/models/{model}", "", "", [](const http::Request&) {
                return http::json(200, R"({"inputs":[{"name":"x","datatype":"FP32","shape":["-1",3]}]})");
              }});
  router.add({"POST", "/v2/models/{model}/infer", "", "", [&](const http::Request& request) {
                const std::string_view head = request.header("Inference-Header-Content-Length");
                if (head.empty()) {
                  ++json_bodies;
                  CHECK(json::parse(request.body));
                } else {
                  ++binary;
                  CHECK(request.body.size() == static_cast<size_t>(std::stoi(std::string(head))) + 2 * 3 * 4);
                }
                return http::json(200, "{}");
              }});
  const auto server = http::Server::start({}, router, log);
  REQUIRE(server);
  const std::string address = cat("http://127.0.0.1:", (*server)->port());
  const auto inputs = ask_inputs(address, "m");
  REQUIRE(inputs);
  CHECK((*inputs)[0].shape == tensor::Shape{-1, 3});
  const auto question = make_question(*inputs, {{"x", {2, 3}}}, 1);
  REQUIRE(question);
  CHECK_FALSE(make_question(*inputs, {{"x", {2, 4}}}, 1));
  for (const Form form : {Form::binary, Form::json}) {
    const auto make = http_askers(address, "m", *question, form);
    REQUIRE(make);
    const auto asker = (*make)();
    CHECK((*asker)->ask());
  }
  CHECK(binary == 1);
  CHECK(json_bodies == 1);
}
