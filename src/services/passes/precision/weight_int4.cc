#include "services/passes/precision/weight_int4.h"

#include <algorithm>
#include <cmath>

#include "core/graph/check/check.h"
#include "core/graph/numbers.h"
#include "services/passes/precision/products.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

struct Packed {
  std::vector<uint8_t> values, zeros;
  std::vector<float> scales;
};

struct Block {
  float scale = 1;
  uint8_t zero = 8;
};

Block fit(std::span<const float> weights, bool symmetric) {
  const auto [low, high] = std::ranges::minmax(weights);
  if (symmetric) {
    const float largest = -low > high ? low : high;
    return {largest == 0 ? 1 : largest / -8, 8};
  }
  const float from = std::min(low, 0.0f), span = std::max(high, 0.0f) - from;
  if (span == 0) return {1, 8};
  const float scale = span / 15;
  return {scale, static_cast<uint8_t>(std::clamp(std::nearbyint(-from / scale), 0.0f, 15.0f))};
}

Packed pack(const Product& of, const Int4Options& options) {
  const auto inner = static_cast<size_t>(of.inner), outer = static_cast<size_t>(of.outer),
             block = static_cast<size_t>(options.block);
  const size_t blocks = (inner + block - 1) / block, zero_bytes = (blocks + 1) / 2;
  Packed out{std::vector<uint8_t>(outer * blocks * block / 2, 0), std::vector<uint8_t>(outer * zero_bytes, 0),
             std::vector<float>(outer * blocks)};
  std::vector<float> column(blocks * block, 0);
  for (size_t n = 0; n < outer; ++n) {
    for (size_t k = 0; k < inner; ++k) column[k] = of.weights[k * outer + n];
    for (size_t b = 0; b < blocks; ++b) {
      const auto weights = std::span(column).subspan(b * block, block);
      const Block fitted = fit(weights, options.symmetric);
      out.scales[n * blocks + b] = fitted.scale;
      out.zeros[n * zero_bytes + b / 2] =
          static_cast<uint8_t>(out.zeros[n * zero_bytes + b / 2] | fitted.zero << (b % 2 * 4));
      for (size_t i = 0; i < block; ++i) {
        const float steps = std::nearbyint(weights[i] / fitted.scale) + static_cast<float>(fitted.zero);
        const auto code = static_cast<unsigned>(std::clamp(steps, 0.0f, 15.0f));
        uint8_t& byte = out.values[((n * blocks + b) * block + i) / 2];
        byte = static_cast<uint8_t>(byte | code << (i % 2 * 4));
      }
    }
  }
  return out;
}

graph::Node packed_node(Rewrite& rewrite, const Product& of, const Packed& packed,
                        const Int4Options& options) {
  const int64_t blocks = (of.inner + options.block - 1) / options.block;
  std::vector<std::string> inputs{
      of.input,
      rewrite.add(
          graph::tensor_of(of.weights_name + "_int4", {of.outer, blocks, options.block / 2}, packed.values)),
      rewrite.add(graph::tensor_of(of.weights_name + "_scales", {of.outer * blocks},
                                   std::span<const float>(packed.scales)))};
  if (!options.symmetric) {
    inputs.push_back(rewrite.add(graph::tensor_of(
        of.weights_name + "_zeros", {static_cast<int64_t>(packed.zeros.size())}, packed.zeros)));
  }
  return graph::make_node(
      "MatMulNBits", std::move(inputs), {""},
      {graph::attribute("K", of.inner), graph::attribute("N", of.outer), graph::attribute("bits", int64_t{4}),
       graph::attribute("block_size", options.block),
       graph::attribute("accuracy_level", options.accuracy_level)},
      "com.microsoft");
}

}  // namespace

Result<Int4Report> to_weight_int4(graph::Model& model, const Int4Options& options) {
  if (options.block < 16 || options.block > 256 || (options.block & (options.block - 1)) != 0) {
    return fail(ErrorKind::invalid, "a block of " + std::to_string(options.block) +
                                        " weights is none of 16, 32, 64, 128 and 256");
  }
  if (auto good = graph::check(model); !good) return forward(good);
  graph::Model changed = model;
  Int4Report report;
  const auto done = rewrite_each(changed, [&](Rewrite& rewrite) -> Status {
    for (size_t n = 0; n < rewrite.graph().nodes.size(); ++n) {
      const auto of = product_of(rewrite.index(), rewrite.graph().nodes[n], options.least);
      if (!of || !rewrite.claim({n})) continue;
      const Packed packed = pack(*of, options);
      report.bytes_before += of->weights.size() * sizeof(float);
      report.bytes_after += packed.values.size() + packed.scales.size() * sizeof(float) +
                            (options.symmetric ? 0 : packed.zeros.size());
      finish_product(rewrite, n, *of, packed_node(rewrite, *of, packed, options));
      ++report.products;
    }
    return {};
  });
  if (!done) return forward(done);
  if (report.products > 0) graph::set_opset(changed, "com.microsoft", 1);
  // The float weights, which nobody reads any more.
  if (auto swept = dead_code(changed, {}); !swept) return forward(swept);
  model = std::move(changed);
  return report;
}

}  // namespace oree::passes
