#include "services/exports/gguf_blocks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/graph/numbers.h"
#include "services/exports/byte_writer.h"

namespace oree::exports {
namespace {

using Block = std::span<const float, kBlock>;

float rounded_to_half(float value) {
  return graph::half_to_float(graph::float_to_half(value));
}

void put_q8(ByteWriter& out, Block block) {
  float most = 0;
  for (const float value : block) most = std::max(most, std::abs(value));
  const float step = most / 127;
  out.put(graph::float_to_half(step));
  const float inverse = step > 0 ? 1 / step : 0;
  for (const float value : block)
    out.put(static_cast<int8_t>(std::clamp(std::nearbyint(value * inverse), -127.0f, 127.0f)));
}

int code4(float value, float step) {
  return step == 0 ? 8 : static_cast<int>(std::clamp(std::nearbyint(value / step) + 8, 0.0f, 15.0f));
}

double loss(Block block, float step) {
  double sum = 0;
  for (const float value : block) {
    const double error = double{step} * (code4(value, step) - 8) - value;
    sum += error * error;
  }
  return sum;
}

// The weight of the largest magnitude becomes −8 steps; a little less, or the other sign, is often better.
float best_step(Block block) {
  float extreme = 0;
  for (const float value : block)
    if (std::abs(value) > std::abs(extreme)) extreme = value;
  float best = rounded_to_half(extreme / -8);
  double least = loss(block, best);
  for (const float divisor : {-8.5f, -7.75f, -7.5f, -7.0f, 7.0f, 7.5f, 8.0f, 8.5f}) {
    const float step = rounded_to_half(extreme / divisor);
    if (const double now = loss(block, step); now < least) best = step, least = now;
  }
  return best;
}

void put_q4(ByteWriter& out, Block block) {
  const float step = best_step(block);
  out.put(graph::float_to_half(step));
  for (size_t i = 0; i < kBlock / 2; ++i)
    out.put(static_cast<uint8_t>(code4(block[i], step) | code4(block[i + kBlock / 2], step) << 4));
}

}  // namespace

ByteBuffer print_blocks(std::span<const float> values, uint32_t type) {
  ByteWriter out;
  if (type == 0) {
    out.put(std::as_bytes(values));
    return out.take();
  }
  for (size_t at = 0; at + kBlock <= values.size(); at += kBlock) {
    const Block block(values.data() + at, kBlock);
    if (type == 8) {
      put_q8(out, block);
    } else {
      put_q4(out, block);
    }
  }
  return out.take();
}

void read_blocks(ByteView bytes, uint32_t type, std::span<float> values) {
  ByteReader in(bytes);
  if (type == 0) {
    for (auto& value : values) value = in.get<float>();
    return;
  }
  for (size_t at = 0; at + kBlock <= values.size(); at += kBlock) {
    const float step = graph::half_to_float(in.get<uint16_t>());
    if (type == 8) {
      for (size_t i = 0; i < kBlock; ++i) values[at + i] = step * in.get<int8_t>();
      continue;
    }
    for (size_t i = 0; i < kBlock / 2; ++i) {
      const auto pair = in.get<uint8_t>();
      values[at + i] = step * static_cast<float>((pair & 15) - 8);
      values[at + i + kBlock / 2] = step * static_cast<float>((pair >> 4) - 8);
    }
  }
}

}  // namespace oree::exports
