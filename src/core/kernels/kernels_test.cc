#include <doctest/doctest.h>

#include <random>

#include "core/kernels/convolution.h"
#include "core/kernels/dot.h"
#include "core/kernels/proof.h"
#include "core/kernels/target.h"

using namespace oree;
using namespace oree::kernels;

namespace {

std::vector<uint8_t> bytes(std::mt19937& random, size_t n) {
  std::vector<uint8_t> out(n);
  for (uint8_t& b : out) b = static_cast<uint8_t>(random() % 3 == 0 ? 255 : random());
  return out;
}
std::vector<int8_t> weights(std::mt19937& random, size_t n, int most) {
  std::vector<int8_t> out(n);
  for (int8_t& w : out)
    w = static_cast<int8_t>(static_cast<int>(random() % static_cast<unsigned>(2 * most + 1)) - most);
  return out;
}

tensor::Tensor tensor_of(tensor::Shape shape, std::span<const uint8_t> values,
                         tensor::DType dtype = tensor::DType::u8) {
  auto made = tensor::Tensor::create(dtype, std::move(shape));
  REQUIRE(made);
  REQUIRE(made->bytes().size() == values.size());
  std::copy(values.begin(), values.end(), reinterpret_cast<uint8_t*>(made->mutable_bytes().data()));
  return std::move(*made);
}

}  // namespace

TEST_CASE("Two products that leave 16 bits saturate, as the processor's manual says") {
  const std::vector<uint8_t> a{255, 255, 255, 255, 10};
  const std::vector<int8_t> up{127, 127, 1, 1, 1}, down{-128, -128, 1, 1, 1};
  CHECK(dot_exact(a, up) == 2 * 255 * 127 + 510 + 10);
  CHECK(dot_saturating(a, up) == 32'767 + 510 + 10);
  CHECK(dot_saturating(a, down) == -32'768 + 510 + 10);
}

TEST_CASE("The emulation agrees with the real instruction on every length and weight") {
  if (!has_saturating_instruction()) return;
  std::mt19937 random(1);
  int differ = 0;
  for (size_t n = 0; n < 300; ++n) {
    const auto a = bytes(random, n);
    const auto w = weights(random, n, 127);
    const int32_t plain = dot_saturating_plain(a, w);
    CHECK(plain == dot_saturating_by_instruction(a, w));
    int32_t sum = 0;
    for (size_t i = 0; i < n; ++i) sum += a[i] * w[i];
    CHECK(dot_exact(a, w) == sum);
    differ += plain != sum ? 1 : 0;
  }
  CHECK(differ > 200);  // the inputs do saturate
}

TEST_CASE("Signed activations are summed exactly") {
  std::mt19937 random(2);
  for (size_t n = 0; n < 100; ++n) {
    const auto a = weights(random, n, 127), w = weights(random, n, 127);
    int32_t sum = 0;
    for (size_t i = 0; i < n; ++i) sum += a[i] * w[i];
    CHECK(dot_exact(std::span<const int8_t>(a), w) == sum);
  }
}

TEST_CASE("Weights proven safe never saturate, and the proof finds the pair that can") {
  std::mt19937 random(3);
  int safe = 0, unsafe = 0;
  for (int round = 0; round < 2000; ++round) {
    const auto w = weights(random, 2 + random() % 6, 20 + static_cast<int>(random() % 100));
    std::vector<uint8_t> worst_up(w.size()), worst_down(w.size());
    for (size_t i = 0; i < w.size(); ++i) {
      worst_up[i] = w[i] > 0 ? 255 : 0;
      worst_down[i] = w[i] < 0 ? 255 : 0;
    }
    const bool saturates = dot_saturating_plain(worst_up, w) != dot_exact(worst_up, w) ||
                           dot_saturating_plain(worst_down, w) != dot_exact(worst_down, w);
    CHECK(unsafe_pair(w).has_value() == saturates);
    (saturates ? unsafe : safe) += 1;
  }
  CHECK(safe > 100);
  CHECK(unsafe > 100);
  CHECK(unsafe_pair(std::vector<int8_t>{64, 64, -64, -64, 127}) == std::nullopt);
  CHECK(unsafe_pair(std::vector<int8_t>{1, 2, 64, 65}) == 1u);
  CHECK(unsafe_pair(std::vector<int8_t>{-128, 127, -65, -64}) == 1u);  // -128 and 127 cannot both add up
}

TEST_CASE("No accumulator exceeds its bound, and the worst input reaches it") {
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    const auto w = weights(random, 40, 127);
    const int zero = static_cast<int>(random() % 256);
    const int64_t bound = accumulator_bound(w, 1000, 0, 255, zero);
    const auto a = bytes(random, 40);
    int64_t sum = 1000;
    for (size_t i = 0; i < w.size(); ++i) sum += (a[i] - zero) * w[i];
    CHECK(std::abs(sum) <= bound);
  }
  CHECK(accumulator_bound(std::vector<int8_t>{2, -3}, 5, 0, 255, 0) == 765);
}

TEST_CASE("A convolution gives what the definition says: padding, strides, dilation, groups") {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    Convolution c;
    c.groups = round % 3 == 0 ? 2 : 1;
    c.in_channels = 1 + static_cast<int64_t>(random() % 5);
    c.out_channels = c.groups * (1 + static_cast<int64_t>(random() % 4));
    for (int axis = 0; axis < 2; ++axis) {
      c.kernel[axis] = 1 + static_cast<int64_t>(random() % 3);
      c.strides[axis] = 1 + static_cast<int64_t>(random() % 2);
      c.dilations[axis] = 1 + static_cast<int64_t>(random() % 2);
      c.pads[axis] = static_cast<int64_t>(random() % 2);
      c.pads[axis + 2] = static_cast<int64_t>(random() % 2);
    }
    c.in_zero = static_cast<int32_t>(random() % 256);
    c.out_zero = 100;
    c.scales = {0.01f};
    const int64_t positions = c.kernel[0] * c.kernel[1];
    const auto stored = weights(random, static_cast<size_t>(c.out_channels * c.in_channels * positions), 20);
    c.weights = channels_last(stored, c.out_channels, c.in_channels, positions);
    c.bias.assign(static_cast<size_t>(c.out_channels), 77);
    constexpr int64_t kSize = 7;
    const auto x = bytes(random, static_cast<size_t>(c.in_channels * c.groups * kSize * kSize));
    const auto tensor = tensor_of({1, c.in_channels * c.groups, kSize, kSize}, x);
    const auto y = run(c, tensor.view());
    REQUIRE(y);
    const int64_t oh = y->shape()[2], ow = y->shape()[3];
    size_t at = 0;
    for (int64_t m = 0; m < c.out_channels; ++m) {
      for (int64_t oy = 0; oy < oh; ++oy) {
        for (int64_t ox = 0; ox < ow; ++ox) {
          int32_t sum = 77;
          for (int64_t i = 0; i < c.in_channels; ++i) {
            for (int64_t ky = 0; ky < c.kernel[0]; ++ky) {
              for (int64_t kx = 0; kx < c.kernel[1]; ++kx) {
                const int64_t yy = oy * c.strides[0] + ky * c.dilations[0] - c.pads[0];
                const int64_t xx = ox * c.strides[1] + kx * c.dilations[1] - c.pads[1];
                if (yy < 0 || yy >= kSize || xx < 0 || xx >= kSize) continue;
                const int64_t channel = m / (c.out_channels / c.groups) * c.in_channels + i;
                const int w = stored[static_cast<size_t>(
                    ((m * c.in_channels + i) * c.kernel[0] + ky) * c.kernel[1] + kx)];
                sum += (x[static_cast<size_t>((channel * kSize + yy) * kSize + xx)] - c.in_zero) * w;
              }
            }
          }
          CHECK(static_cast<int>(y->bytes()[at++]) == requantise(sum, 0.01f, 100, 0, 255));
        }
      }
    }
  }
}

TEST_CASE("A depthwise convolution does not saturate, an ordinary one of the same weights does") {
  Convolution c;
  c.out_channels = c.groups = 2;
  c.in_channels = 1;
  c.kernel[1] = 2;
  c.weights = {127, 127, 127, 127};
  c.scales = {1.0f / 256};
  c.saturating = true;
  const auto x = tensor_of({1, 2, 1, 2}, std::vector<uint8_t>{255, 255, 255, 255});
  CHECK(static_cast<int>(run(c, x.view())->bytes()[0]) == 253);
  c.groups = 1;
  c.in_channels = 2;
  c.out_channels = 1;
  c.kernel[1] = 1;
  c.weights = {127, 127};
  const auto one = tensor_of({1, 2, 1, 1}, std::vector<uint8_t>{255, 255});
  CHECK(static_cast<int>(run(c, one.view())->bytes()[0]) == 128);
}

TEST_CASE("Wrong types and shapes are refused") {
  Convolution c;
  c.out_channels = c.in_channels = 2;
  c.weights = {1, 1, 1, 1};
  c.scales = {1.0f};
  const auto x = tensor_of({1, 3, 1, 1}, std::vector<uint8_t>{1, 2, 3});
  CHECK(run(c, x.view()).error().what == "the weights want 2 channels, the input has 3");
  CHECK(run_matrix(c, x.view()).error().kind == ErrorKind::invalid);
  const auto s = tensor_of({1, 2}, std::vector<uint8_t>{1, 2}, tensor::DType::i8);
  CHECK(run_matrix(c, s.view()).error().what == "activations must be UINT8, not INT8");
}

TEST_CASE("Every target is found by its name") {
  for (const TargetFacts& row : targets()) CHECK(parse_target(row.name) == row.target);
  CHECK_FALSE(parse_target("cray"));
}
