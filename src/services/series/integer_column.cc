#include <algorithm>
#include <array>

#include "services/series/columns.h"

namespace oree::series {
namespace {

constexpr size_t kBlock = 128;
constexpr int kWidest = 56;  // one unaligned 8-byte load holds it at any bit

// One fewer than there are values. Arithmetic wraps: what overflows on the way in comes back on the way out.
std::vector<int64_t> differences(std::span<const int64_t> values) {
  std::vector<int64_t> out;
  out.reserve(values.size());
  for (size_t i = 1; i < values.size(); ++i) {
    out.push_back(
        static_cast<int64_t>(static_cast<uint64_t>(values[i]) - static_cast<uint64_t>(values[i - 1])));
  }
  return out;
}

// The other way: `values` holds differences behind one free place, which becomes `first`.
void sum_up(std::span<int64_t> values, int64_t first) {
  auto sum = static_cast<uint64_t>(first);
  values[0] = first;
  for (int64_t& value : values.subspan(1)) {
    sum += static_cast<uint64_t>(value);
    value = static_cast<int64_t>(sum);
  }
}

struct Frame {
  int64_t least = 0;
  int width = 0;
};

Frame frame_of(std::span<const int64_t> block) {
  const auto [least, most] = std::ranges::minmax(block);
  const uint64_t spread = static_cast<uint64_t>(most) - static_cast<uint64_t>(least);
  const auto width = static_cast<int>(std::bit_width(spread));
  return {least, width > kWidest ? 64 : width};
}

std::span<const int64_t> block_at(std::span<const int64_t> values, size_t from) {
  return values.subspan(from, std::min(kBlock, values.size() - from));
}

size_t cost_of(std::span<const int64_t> values) {
  size_t bits = 0;
  for (size_t from = 0; from < values.size(); from += kBlock) {
    const auto block = block_at(values, from);
    const Frame frame = frame_of(block);
    bits += block.size() * static_cast<size_t>(frame.width) + 8 +
            8 * (1 + static_cast<size_t>(std::bit_width(zigzag(frame.least))) / 7);
  }
  return bits;
}

void put_block(ByteBuffer& out, std::span<const int64_t> block) {
  const Frame frame = frame_of(block);
  put_varint(out, zigzag(frame.least));
  out.push_back(static_cast<std::byte>(frame.width));
  if (frame.width == 0) return;
  std::array<std::byte, kBlock * 8 + 8> packed{};
  size_t bit = 0;
  for (const int64_t value : block) {
    const uint64_t above = static_cast<uint64_t>(value) - static_cast<uint64_t>(frame.least);
    uint64_t word;
    std::memcpy(&word, &packed[bit / 8], sizeof word);
    word |= above << (bit % 8);
    std::memcpy(&packed[bit / 8], &word, sizeof word);
    bit += static_cast<size_t>(frame.width);
  }
  put_bytes(out, ByteView(packed).first((bit + 7) / 8));
}

Status take_block(ByteSource& in, std::span<int64_t> block) {
  const auto least = in.varint();
  if (!least) return forward(least);
  const auto width = in.byte();
  if (!width) return forward(width);
  if (*width > kWidest && *width != 64) {
    return fail(ErrorKind::corrupt, "stored readings have a block of impossible width");
  }
  const auto base = static_cast<uint64_t>(unzigzag(*least));
  if (*width == 0) {
    std::ranges::fill(block, static_cast<int64_t>(base));
    return {};
  }
  const auto bytes = in.bytes((block.size() * *width + 7) / 8);
  if (!bytes) return forward(bytes);
  std::array<std::byte, kBlock * 8 + 8> packed;
  std::memcpy(packed.data(), bytes->data(), bytes->size());
  std::memset(packed.data() + bytes->size(), 0, 8);
  const uint64_t mask = *width == 64 ? ~uint64_t{0} : (uint64_t{1} << *width) - 1;
  size_t bit = 0;
  for (int64_t& value : block) {
    uint64_t word;
    std::memcpy(&word, &packed[bit / 8], sizeof word);
    value = static_cast<int64_t>(base + ((word >> (bit % 8)) & mask));
    bit += *width;
  }
  return {};
}

}  // namespace

void put_integers(ByteBuffer& out, std::span<const int64_t> values) {
  const std::vector<int64_t> once = differences(values);
  const std::vector<int64_t> twice = differences(once);
  const std::span<const int64_t> choices[] = {values, once, twice};
  const size_t costs[] = {cost_of(values), cost_of(once), cost_of(twice)};
  size_t order = static_cast<size_t>(std::ranges::min_element(costs) - costs);
  order = std::min(order, values.size());
  out.push_back(static_cast<std::byte>(order));
  for (size_t i = 0; i < order; ++i) put_varint(out, zigzag(choices[i].empty() ? 0 : choices[i][0]));
  const auto rest = choices[order];
  for (size_t from = 0; from < rest.size(); from += kBlock) put_block(out, block_at(rest, from));
}

Result<std::vector<int64_t>> take_integers(ByteSource& in, size_t count) {
  const auto order = in.byte();
  if (!order) return forward(order);
  if (*order > 2 || *order > count) return fail(ErrorKind::corrupt, "stored readings have an unknown column");
  int64_t firsts[2] = {0, 0};
  for (size_t i = 0; i < *order; ++i) {
    const auto first = in.varint();
    if (!first) return forward(first);
    firsts[i] = unzigzag(*first);
  }
  std::vector<int64_t> values(*order);  // free places in front, for what sum_up makes
  // Grows with what is really there, so that a lying count costs nothing.
  for (size_t from = *order; from < count; from += kBlock) {
    values.resize(std::min(count, from + kBlock));
    if (auto taken = take_block(in, std::span(values).subspan(from)); !taken) return forward(taken);
  }
  for (size_t i = *order; i > 0; --i) sum_up(std::span(values).subspan(i - 1), firsts[i - 1]);
  return values;
}

}  // namespace oree::series
