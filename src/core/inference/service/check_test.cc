#include <doctest/doctest.h>

#include <thread>

#include "core/inference/service/ask.h"

using namespace oree;
using namespace oree::inference;

namespace {

struct Probe final : Call {
  void finished(Status) override {}
};

Description simple() {
  return {"simple",
          "1",
          "fake",
          8,
          {{{"A", tensor::DType::i32, {-1, 2}}, false, {}}, {{"B", tensor::DType::i32, {-1, 2}}, false, {}}},
          {{{"SUM", tensor::DType::i32, {-1, 2}}, false, {}}}};
}

const std::vector<int64_t> kShape{1, 2};
const std::vector<std::byte> kData(8);

void give(Call& call, std::string_view name) {
  call.inputs.push_back({name, tensor::DType::i32, kShape, kData});
}

}  // namespace

TEST_CASE("A complete call is filled with all outputs in the model's order") {
  Probe call;
  give(call, "B");
  give(call, "A");
  REQUIRE(check_call(simple(), call));
  REQUIRE(call.outputs.size() == 1);
  CHECK(call.outputs[0].name == "SUM");
}

TEST_CASE("Refusals are the protocol's sentences") {
  Probe call;
  give(call, "A");
  SUBCASE("a missing input") {
    CHECK(check_call(simple(), call).error().what ==
          "expected 2 inputs but got 1 inputs for model 'simple'. Got input(s) ['A'], but missing required "
          "input(s) ['B']. Please provide all required input(s).");
  }
  SUBCASE("a missing input where others may be") {
    Description model = simple();
    model.inputs.push_back({{"C", tensor::DType::i32, {-1, 2}}, true, {}});
    CHECK(check_call(model, call).error().what ==
          "expected number of inputs between 2 and 3 but got 1 inputs for model 'simple'. Got input(s) "
          "['A'], but "
          "missing required input(s) ['B']. Please provide all required input(s).");
  }
  SUBCASE("an unknown input") {
    give(call, "C");
    CHECK(check_call(simple(), call).error().what == "unexpected inference input 'C' for model 'simple'");
  }
  SUBCASE("too few bytes") {
    give(call, "B");
    call.inputs[1].data = ByteView(kData).first(4);
    CHECK(check_call(simple(), call).error().what ==
          "input byte size mismatch for input 'B' for model 'simple'. Expected 8, got 4");
  }
  SUBCASE("an output twice") {
    give(call, "B");
    call.outputs.resize(2);
    call.outputs[0].name = call.outputs[1].name = "SUM";
    CHECK(check_call(simple(), call).error().what ==
          "Duplicate output name 'SUM' is not allowed in a request: output 'SUM' already exists in request");
  }
  SUBCASE("a batch that is too large") {
    const std::vector<int64_t> nine{9, 2};
    const std::vector<std::byte> data(72);
    call.clear();
    for (const char* name : {"A", "B"}) call.inputs.push_back({name, tensor::DType::i32, nine, data});
    CHECK(check_call(simple(), call).error().what ==
          "inference request batch-size must be <= 8 for 'simple'");
  }
}

TEST_CASE("Text is walked over: lengths must end where the bytes do") {
  const Description model{"echo", "1", "fake", 0, {{{"T", tensor::DType::text, {-1}}, false, {}}}, {}};
  const std::vector<int64_t> one{1};
  Probe call;
  const auto status = [&](std::string bytes) {
    call.clear();
    call.inputs.push_back({"T", tensor::DType::text, one, as_bytes(bytes)});
    return check_call(model, call);
  };
  CHECK(status(std::string("\2\0\0\0ab", 6)));
  CHECK(!status(std::string("\3\0\0\0ab", 6)));
  CHECK(!status(std::string("\2\0", 2)));
  CHECK(!status(std::string("\0\0\0\0\0\0\0\0", 8)));
}

TEST_CASE("Whoever may wait asks and has the answer") {
  class Later final : public Served {
   public:
    const Description& description() const override { return description_; }
    const std::string& config_json() const override { return description_.name; }
    bool quick() const override { return false; }
    void start(Call& call) override {
      std::thread([&call] { call.finished(fail(ErrorKind::busy, "not now")); }).detach();
    }
    ModelStatistics statistics() const override { return {}; }

   private:
    Description description_;
  } served;
  WaitingCall call;
  CHECK(ask(served, call).error().what == "not now");
}
