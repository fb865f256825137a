#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "core/graph/numbers.h"
#include "services/exports/gguf.h"
#include "services/exports/mlx.h"
#include "services/exports/weights.h"

namespace oree::exports {
namespace {

std::vector<float> normal(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> draw(0, 0.05f);
  std::vector<float> values(count);
  for (auto& value : values) value = draw(random);
  return values;
}

// x[1,128] · W[128,96] + b, a convolution's kernel beside it.
graph::Model net() {
  graph::Model model;
  model.graph.initializers = {
      graph::tensor_of("fc.weight", {128, 96}, std::span<const float>(normal(128 * 96, 1))),
      graph::tensor_of("fc.bias", {96}, std::span<const float>(normal(96, 2))),
      graph::tensor_of("conv", {4, 3, 3, 3}, std::span<const float>(normal(108, 3)))};
  model.graph.nodes = {graph::make_node("MatMul", {"x", "fc.weight"}, {"h"}),
                       graph::make_node("Add", {"h", "fc.bias"}, {"y"}),
                       graph::make_node("Conv", {"image", "conv"}, {"z"})};
  return model;
}

double sqnr(const std::vector<float>& truth, const std::vector<float>& got) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    signal += double{truth[i]} * truth[i];
    noise += std::pow(double{truth[i]} - got[i], 2);
  }
  return 10 * std::log10(signal / noise);
}

std::vector<Weight> blank(std::vector<Weight> weights) {
  for (auto& weight : weights) std::ranges::fill(weight.values, 0.0f);
  return weights;
}

}  // namespace

TEST_CASE("A MatMul's weight is turned so that each row is one output") {
  const auto weights = weights_of(net());
  REQUIRE(weights);
  REQUIRE(weights->size() == 3);
  const Weight& fc = (*weights)[0];
  CHECK(fc.is_matrix);
  CHECK(fc.dims == std::vector<int64_t>{96, 128});
  const auto raw = normal(128 * 96, 1);
  CHECK(fc.values[5 * 128 + 7] == raw[7 * 96 + 5]);
  CHECK_FALSE((*weights)[1].is_matrix);
  CHECK_FALSE((*weights)[2].is_matrix);
}

TEST_CASE("What was replaced reads back the same") {
  graph::Model model = net();
  auto weights = weights_of(model);
  REQUIRE(weights);
  (*weights)[0].values[5 * 128 + 7] = 42;
  REQUIRE(replace(model, (*weights)[0]));
  const auto stored = graph::floats_of(*graph::find_initializer(model.graph, "fc.weight"));
  REQUIRE(stored);
  CHECK((*stored)[7 * 96 + 5] == 42);
  (*weights)[0].dims = {1, 1};
  CHECK(replace(model, (*weights)[0]).error().kind == ErrorKind::invalid);
}

TEST_CASE("An MLX file of 4 bits keeps at least 20 dB and everything that is no matrix exactly") {
  const auto weights = weights_of(net());
  REQUIRE(weights);
  const auto file = print_mlx(*weights, {});
  REQUIRE(file);
  auto back = blank(*weights);
  REQUIRE(read_mlx(*file, {}, back));
  CHECK(sqnr((*weights)[0].values, back[0].values) > 20.0);
  CHECK(back[1].values == (*weights)[1].values);
  CHECK(back[2].values == (*weights)[2].values);
  CHECK(file->size() < 96 * 128 * 6 / 8 + 2048);
}

TEST_CASE("A GGUF file reads back as ggml would compute") {
  const auto weights = weights_of(net());
  REQUIRE(weights);
  for (const auto& [type, least] : {std::pair{GgufType::q8_0, 40.0}, std::pair{GgufType::q4_0, 19.0}}) {
    const auto file = print_gguf("net", *weights, type);
    REQUIRE(file);
    auto back = blank(*weights);
    REQUIRE(read_gguf(*file, back));
    CHECK(sqnr((*weights)[0].values, back[0].values) > least);
    CHECK(back[1].values == (*weights)[1].values);
  }
}

TEST_CASE("Names that ggml would refuse are shortened and found again") {
  auto weights = weights_of(net());
  REQUIRE(weights);
  (*weights)[0].name = std::string(100, 'n') + "a";
  (*weights)[1].name = std::string(100, 'n') + "b";
  const auto file = print_gguf("net", *weights, GgufType::f32);
  REQUIRE(file);
  auto back = blank(*weights);
  REQUIRE(read_gguf(*file, back));
  CHECK(back[0].values == (*weights)[0].values);
  CHECK(back[1].values == (*weights)[1].values);
}

TEST_CASE("A block of zeros, of one value and of one outlier stay what they are") {
  Weight weight{"w", {3, 64}, true, false, std::vector<float>(192, 0.0f)};
  std::fill(weight.values.begin() + 64, weight.values.begin() + 128, 0.25f);
  weight.values[130] = -8;
  const auto mlx = print_mlx({weight}, {});
  REQUIRE(mlx);
  std::vector<Weight> back = blank({weight});
  REQUIRE(read_mlx(*mlx, {}, back));
  for (size_t i = 0; i < 192; ++i)
    CHECK(back[0].values[i] == doctest::Approx(weight.values[i]).epsilon(1e-6));
  const auto gguf = print_gguf("w", {weight}, GgufType::q4_0);
  REQUIRE(gguf);
  back = blank({weight});
  REQUIRE(read_gguf(*gguf, back));
  for (size_t i = 0; i < 192; ++i)
    CHECK(back[0].values[i] == doctest::Approx(weight.values[i]).epsilon(1e-3));
}

TEST_CASE("Weights that are no numbers, quantised models and odd groups are refused") {
  auto weights = weights_of(net());
  REQUIRE(weights);
  (*weights)[0].values[3] = NAN;
  CHECK(print_mlx(*weights, {}).error().kind == ErrorKind::invalid);
  CHECK(print_gguf("net", *weights, GgufType::q8_0).error().kind == ErrorKind::invalid);
  CHECK(print_mlx(*weights, {.bits = 3}).error().kind == ErrorKind::invalid);
  CHECK(print_mlx(*weights, {.group = 48}).error().kind == ErrorKind::invalid);
  graph::Model quantised = net();
  quantised.graph.nodes.push_back(graph::make_node("DequantizeLinear", {"a", "b"}, {"c"}));
  CHECK(weights_of(quantised).error().kind == ErrorKind::unsupported);
}

TEST_CASE("A file cut anywhere is refused, never read past its end") {
  const auto weights = weights_of(net());
  REQUIRE(weights);
  const auto gguf = print_gguf("net", *weights, GgufType::q4_0);
  const auto mlx = print_mlx(*weights, {});
  REQUIRE(gguf);
  REQUIRE(mlx);
  for (size_t size = 0; size + 64 < gguf->size(); size += 97) {
    auto back = blank(*weights);
    CHECK_FALSE(read_gguf(ByteView(*gguf).first(size), back));
  }
  for (size_t size = 0; size < mlx->size(); size += 97) {
    auto back = blank(*weights);
    CHECK_FALSE(read_mlx(ByteView(*mlx).first(size), {}, back));
  }
}

}  // namespace oree::exports
