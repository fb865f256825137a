#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "core/graph/file.h"
#include "core/graph/numbers.h"
#include "core/inference/backends/onnxruntime/onnxruntime.h"
#include "core/kernels/convolution.h"
#include "platform/files/testing/temp_folder.h"
#include "services/certification/certificate.h"

using namespace oree;
using namespace oree::certification;

namespace {

Answer says(std::initializer_list<float> scores) {
  return {scores, {}};
}

// DQ → Conv → Q with weights that saturate where pairs are added in 16 bits: sums of 127 · 255 twice.
template <class Activation = uint8_t>
graph::Model saturating_model() {
  graph::Model model;
  model.ir_version = 8;
  model.opsets = {{"", 17}};
  graph::Graph& g = model.graph;
  g.name = "g";
  g.inputs.push_back(
      {"x", graph::tensor_type(graph::DataType::f32, {{1, ""}, {2, ""}, {3, ""}, {3, ""}}), ""});
  g.outputs.push_back(
      {"y", graph::tensor_type(graph::DataType::f32, {{1, ""}, {4, ""}, {3, ""}, {3, ""}}), ""});
  const std::vector<int8_t> weights{127, 127, -127, -127, 100, 27, 1, 2}, none(4, 0);
  const std::vector<float> steps(4, 0.01f), bias_steps(4, 0.01f / 255);
  const std::vector<int32_t> bias{100, 0, -50, 7}, zeros(4, 0);
  constexpr int lowest = std::numeric_limits<Activation>::min();
  const auto zero = static_cast<Activation>(lowest), middle = static_cast<Activation>(lowest + 128);
  g.initializers = {graph::scalar("sx", 1.0f / 255),
                    graph::tensor_of("zx", {}, std::span(&zero, 1)),
                    graph::scalar("sy", 0.02f),
                    graph::tensor_of("zy", {}, std::span(&middle, 1)),
                    graph::tensor_of("w", {4, 2, 1, 1}, std::span<const int8_t>(weights)),
                    graph::tensor_of("sw", {4}, std::span<const float>(steps)),
                    graph::tensor_of("zw", {4}, std::span<const int8_t>(none)),
                    graph::tensor_of("b", {4}, std::span<const int32_t>(bias)),
                    graph::tensor_of("sb", {4}, std::span<const float>(bias_steps)),
                    graph::tensor_of("zb", {4}, std::span<const int32_t>(zeros))};
  const auto axis = graph::attribute("axis", int64_t{0});
  g.nodes = {graph::make_node("QuantizeLinear", {"x", "sx", "zx"}, {"xq"}),
             graph::make_node("DequantizeLinear", {"xq", "sx", "zx"}, {"xd"}),
             graph::make_node("DequantizeLinear", {"w", "sw", "zw"}, {"wd"}, {axis}),
             graph::make_node("DequantizeLinear", {"b", "sb", "zb"}, {"bd"}, {axis}),
             graph::make_node("Conv", {"xd", "wd", "bd"}, {"c"}),
             graph::make_node("QuantizeLinear", {"c", "sy", "zy"}, {"cq"}),
             graph::make_node("DequantizeLinear", {"cq", "sy", "zy"}, {"y"})};
  return model;
}

std::vector<float> run(const inference::Model& model, std::span<const float> values) {
  const std::vector<int64_t> shape{1, 2, 3, 3};
  const tensor::TensorView x{tensor::DType::f32, shape, std::as_bytes(values)};
  std::vector<inference::Output> outputs(1);
  const Status ran = model.run({&x, 1}, outputs);
  if (!ran) FAIL(ran.error().what);
  const auto out = outputs[0].view().as<float>();
  return {out.begin(), out.end()};
}

Certificate some_certificate() {
  Certificate c;
  c.model = "net.avx2.onnx";
  c.target = "avx2";
  c.notes = {"a <note> & more"};
  c.stages = {{"float", "as it came", 0.9, 1000, 2.0, 5000}, {"integers", "8 bits", 0.89, 300, 1.0, 2000}};
  const std::vector<Answer> answers{says({0, 1}), says({1, 0})};
  c.measured.score = score(Task::classes, answers, answers, std::vector<int>{1, 0});
  c.measured.reference_bytes = 1000;
  c.measured.optimised_bytes = 300;
  c.gates = judge(c.measured, {});
  return c;
}

}  // namespace

TEST_CASE("Accuracy, agreement and what was won and lost are counted in pairs") {
  const std::vector<Answer> before{says({9, 1, 0}), says({9, 1, 0}), says({0, 1, 9}), says({0, 1, 9})};
  const std::vector<Answer> after{says({9, 1, 0}), says({1, 9, 0}), says({0, 9, 1}), says({0, 1, 9})};
  const std::vector<int> labels{0, 0, 1, -1};
  const Score s = score(Task::classes, before, after, labels);
  CHECK(s.labelled == 3);
  CHECK(s.reference_top1 == 2);
  CHECK(s.top1 == 2);
  CHECK(s.won == 1);
  CHECK(s.lost == 1);
  CHECK(s.top5 == 3);
  CHECK(s.agreement == 0.5);
  CHECK(s.kept == 1);
  CHECK(s.kept_low < 0.6);  // three samples prove little
  CHECK(s.p_value == doctest::Approx(1));
}

TEST_CASE("The exact test and the interval are those of the textbooks") {
  const Interval interval = wilson(8, 10);
  CHECK(interval.low == doctest::Approx(0.4901625).epsilon(1e-4));
  CHECK(interval.high == doctest::Approx(0.9433178).epsilon(1e-4));
  std::vector<Answer> before, after;
  std::vector<int> labels;
  for (int i = 0; i < 10; ++i) {  // ten lost, none won: p = 2 / 2^10
    before.push_back(says({1, 0}));
    after.push_back(says({0, 1}));
    labels.push_back(0);
  }
  CHECK(score(Task::classes, before, after, labels).p_value == doctest::Approx(2.0 / 1024));
}

TEST_CASE("Objects agree when label and place do") {
  const inference::Object duck{{0, 0, 10, 10}, "duck", 0.9f, 0}, shifted{{1, 0, 11, 10}, "duck", 0.8f, 0},
      far{{50, 50, 60, 60}, "duck", 0.8f, 0}, goose{{0, 0, 10, 10}, "goose", 0.9f, 1};
  const auto agreement = [](std::vector<inference::Object> a, std::vector<inference::Object> b) {
    const std::vector<Answer> before{{{}, std::move(a)}}, after{{{}, std::move(b)}};
    return score(Task::objects, before, after, {}).agreement;
  };
  CHECK(agreement({duck}, {shifted}) == 1);
  CHECK(agreement({duck}, {goose}) == 0);
  CHECK(agreement({duck}, {shifted, far}) == doctest::Approx(2.0 / 3));
  CHECK(agreement({duck, duck}, {shifted}) == doctest::Approx(2.0 / 3));
  CHECK(agreement({}, {}) == 1);
}

TEST_CASE("Answers that are no numbers never count as agreement") {
  const std::vector<Answer> before{says({1, 2}), says({1, 2})}, after{says({NAN, NAN}), says({NAN, NAN})};
  const Score s = score(Task::values, before, after, {});
  CHECK(s.agreement == 0);
  CHECK(s.sqnr_db == 0);
}

TEST_CASE("Gates hold only for what was measured and is good enough") {
  Certificate c = some_certificate();
  CHECK(c.gates[0].verdict == Verdict::fails);  // two samples
  CHECK(c.gates[0].why == "2 samples are too few to be sure of it");
  CHECK(c.gates[1].verdict == Verdict::open);
  CHECK(c.gates[2].verdict == Verdict::open);  // speed: not this machine
  CHECK(c.gates[4].verdict == Verdict::holds);
  c.measured.time = Comparison{{2, 2.2, 20}, {1.5, 1.6, 20}, 1.33, 1.2, 1.5};
  const auto gates = judge(c.measured, {});
  CHECK(gates[2].verdict == Verdict::fails);
  CHECK(judge(c.measured, {.speedup = 1.2})[2].verdict == Verdict::holds);
  c.measured.proofs = {{"conv", 4, 0, 3'000'000'000}};
  CHECK(judge(c.measured, {})[5].verdict == Verdict::fails);
  CHECK_FALSE(all_hold(gates));
}

TEST_CASE("When only cost fails, options are named with which it would have been handed out") {
  Measurements m = some_certificate().measured;
  m.score.kept = m.score.kept_low = 1;
  m.reference_memory = 20'000'000;
  m.optimised_memory = 19'850'000;
  m.time = Comparison{{2, 2.2, 20}, {1.01, 1.1, 20}, 1.98, 1.97, 1.99};
  CHECK(options_to_accept(judge(m, {})) == "--min-speedup 1.9 --min-memory 0");
  CHECK(all_hold(judge(m, {.speedup = 1.9, .memory = 0})));
  m.time->speedup = m.time->speedup_low = 1.02;
  m.optimised_memory = 20'100'000;
  CHECK(options_to_accept(judge(m, {})) == "--min-speedup 0.98 --min-memory -1");
  CHECK(all_hold(judge(m, {.speedup = 0.98, .memory = -0.01})));
  m.score.kept = m.score.kept_low = 0.5;
  CHECK(options_to_accept(judge(m, {})).empty());
}

TEST_CASE("A certificate is verified as it was signed, and refused when one digit changes") {
  const crypto::SigningKey key = crypto::SigningKey::generate();
  const json::Value value = to_json(some_certificate());
  std::string text = signed_text(value, key);
  const auto inside = verify(text);
  REQUIRE(inside);
  CHECK(*inside == value);
  const size_t at = text.find("0.89");
  REQUIRE(at != std::string::npos);
  text[at + 3] = '8';
  CHECK(verify(text).error().kind == ErrorKind::denied);
  CHECK(verify("{}").error().kind == ErrorKind::invalid);
  CHECK_FALSE(verify("no json"));
}

TEST_CASE("The page needs nothing from elsewhere and escapes what it shows") {
  const std::string html = page(to_json(some_certificate()), "KEY");
  CHECK(html.find("a &lt;note&gt; &amp; more") != std::string::npos);
  CHECK(html.find("http://") == std::string::npos);
  CHECK(html.find("https://") == std::string::npos);
  CHECK(html.find("src=") == std::string::npos);
  CHECK(html.find("Not certified") != std::string::npos);
  CHECK(html.find("size:A4") != std::string::npos);
}

TEST_CASE("Emulated sums are the runtime's where they are exact, and saturate where the machine does") {
  const auto backend = inference::open_onnxruntime();
  if (!backend) {
    MESSAGE("skipped: " << backend.error().what);
    return;
  }
  const files::testing::TempFolder folder;
  const graph::Model model = saturating_model();
  const auto exact = emulate(model, false, Replace::all), saturating = emulate(model, true);
  REQUIRE(exact);
  REQUIRE(saturating);
  REQUIRE(exact->proofs.size() == 1);
  CHECK(exact->proofs[0].unsafe == 2);  // 100 + 27 and 1 + 2 are safe
  CHECK(saturating->operators.size() == 1);
  const auto load = [&](const graph::Model& m, const Emulation* e) {
    const auto file = folder.path() / "m.onnx";
    REQUIRE(graph::store(m, file));
    inference::LoadOptions options;
    if (e != nullptr) options.operators = e->operators;
    auto loaded = (*backend)->load(file, options);
    if (!loaded) FAIL(loaded.error().what);
    return std::move(*loaded);
  };
  std::mt19937 random(1);
  std::vector<float> x(18);
  for (float& value : x) value = static_cast<float>(random() % 256) / 255;
  x[0] = x[9] = 1;  // one pixel with both channels full
  const auto ours = run(*load(exact->model, &*exact), x);
  const auto theirs = run(*load(model, nullptr), x);
  if (kernels::this_machine() != kernels::Target::avx2) CHECK(ours == theirs);
  const auto cut = run(*load(saturating->model, &*saturating), x);
  CHECK(cut[0] == doctest::Approx((32'767 + 100) * 0.01 / 255).epsilon(0.02));
  CHECK(ours[0] == doctest::Approx((2 * 127 * 255 + 100) * 0.01 / 255).epsilon(0.02));
  CHECK(std::equal(cut.begin() + 18, cut.end(), ours.begin() + 18));
}

TEST_CASE("Signed activations saturate as the unsigned ones that the runtime makes of them") {
  const auto backend = inference::open_onnxruntime();
  if (!backend) return;
  const files::testing::TempFolder folder;
  std::vector<float> x(18, 0.1f);
  x[0] = x[9] = 1;
  std::vector<std::vector<float>> answers;
  for (const graph::Model& model : {saturating_model<uint8_t>(), saturating_model<int8_t>()}) {
    const auto made = emulate(model, true);
    REQUIRE(made);
    CHECK(made->operators.size() == 1);
    CHECK(made->unsafe_layers() == 1);
    const auto file = folder.path() / "m.onnx";
    REQUIRE(graph::store(made->model, file));
    auto loaded = (*backend)->load(file, {.operators = made->operators});
    if (!loaded) FAIL(loaded.error().what);
    answers.push_back(run(**loaded, x));
  }
  CHECK(answers[0] == answers[1]);
}

TEST_CASE("Where integers of another type come out than go in, and several read them, floats compute") {
  const auto backend = inference::open_onnxruntime();
  if (!backend) return;
  const files::testing::TempFolder folder;
  graph::Model model = saturating_model();
  const int8_t zero = 0;
  for (graph::Tensor& tensor : model.graph.initializers) {
    if (tensor.name == "zy") tensor = graph::tensor_of("zy", {}, std::span(&zero, 1));
  }
  model.graph.nodes.push_back(graph::make_node("Relu", {"y"}, {"r"}));
  model.graph.outputs.push_back(model.graph.outputs[0]);
  model.graph.outputs.back().name = "r";
  const auto made = emulate(model, true);
  REQUIRE(made);
  CHECK(made->operators.empty());
  CHECK(made->unsafe_layers() == 0);
  const auto file = folder.path() / "m.onnx";
  REQUIRE(graph::store(made->model, file));
  CHECK((*backend)->load(file, {}));
}

TEST_CASE("A failing operator fails the run, with its name") {
  const auto backend = inference::open_onnxruntime();
  if (!backend) return;
  const files::testing::TempFolder folder;
  auto emulated = emulate(saturating_model(), true);
  REQUIRE(emulated);
  auto broken = std::make_shared<inference::Operator>(*emulated->operators[0]);
  broken->compute = [](const tensor::TensorView&) -> Result<tensor::Tensor> {
    return fail(ErrorKind::invalid, "nothing fits");
  };
  const auto file = folder.path() / "m.onnx";
  REQUIRE(graph::store(emulated->model, file));
  inference::LoadOptions options;
  options.operators = {broken};
  const auto model = (*backend)->load(file, options);
  REQUIRE(model);
  const std::vector<float> x(18, 0.5f);
  const std::vector<int64_t> shape{1, 2, 3, 3};
  const tensor::TensorView view{tensor::DType::f32, shape, std::as_bytes(std::span(x))};
  std::vector<inference::Output> outputs(1);
  const Status ran = (*model)->run({&view, 1}, outputs);
  REQUIRE_FALSE(ran);
  CHECK(ran.error().what.find("nothing fits") != std::string::npos);
}
