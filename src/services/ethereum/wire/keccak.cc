#include "services/ethereum/wire/keccak.h"

#include <bit>
#include <cstring>

namespace oree::ethereum {

namespace {

constexpr size_t kRate = 136;  // bytes taken in per permutation
constexpr size_t kLanes = 25;
constexpr unsigned kRounds = 24;

using State = std::array<uint64_t, kLanes>;  // lane (x, y) at x + 5 y

// The constants come from the reference's own rules, so there is no table to mistype.
struct Tables {
  std::array<uint64_t, kRounds> iota{};
  std::array<unsigned, kLanes> turn{};
  std::array<unsigned, kLanes> place{};
};

constexpr Tables make_tables() {
  Tables tables;
  unsigned lfsr = 1;  // x^8 + x^6 + x^5 + x^4 + 1
  for (uint64_t& constant : tables.iota) {
    for (unsigned j = 0; j < 7; ++j) {
      if ((lfsr & 1) != 0) constant |= uint64_t{1} << ((1u << j) - 1);
      lfsr = (lfsr << 1) ^ ((lfsr & 0x80) != 0 ? 0x171u : 0u);
    }
  }
  unsigned x = 1, y = 0;
  for (unsigned t = 0; t < 24; ++t) {
    tables.turn[x + 5 * y] = ((t + 1) * (t + 2) / 2) % 64;
    const unsigned next = (2 * x + 3 * y) % 5;
    x = y;
    y = next;
  }
  for (y = 0; y < 5; ++y) {
    for (x = 0; x < 5; ++x) tables.place[x + 5 * y] = y + 5 * ((2 * x + 3 * y) % 5);
  }
  return tables;
}

constexpr Tables kTables = make_tables();

void permute(State& a) {
  for (const uint64_t constant : kTables.iota) {
    std::array<uint64_t, 5> column{};
    for (size_t i = 0; i < kLanes; ++i) column[i % 5] ^= a[i];
    State b{};
    for (size_t i = 0; i < kLanes; ++i) {
      const uint64_t theta = column[(i + 4) % 5] ^ std::rotl(column[(i + 1) % 5], 1);
      b[kTables.place[i]] = std::rotl(a[i] ^ theta, static_cast<int>(kTables.turn[i]));
    }
    for (size_t row = 0; row < kLanes; row += 5) {
      for (size_t x = 0; x < 5; ++x) a[row + x] = b[row + x] ^ (~b[row + (x + 1) % 5] & b[row + (x + 2) % 5]);
    }
    a[0] ^= constant;
  }
}

void absorb(State& state, const std::byte* block) {
  for (size_t i = 0; i < kRate; ++i) {
    state[i / 8] ^= std::to_integer<uint64_t>(block[i]) << (8 * (i % 8));
  }
  permute(state);
}

}  // namespace

Word keccak256(ByteView bytes) {
  State state{};
  while (bytes.size() >= kRate) {
    absorb(state, bytes.data());
    bytes = bytes.subspan(kRate);
  }
  std::array<std::byte, kRate> last{};
  if (!bytes.empty()) std::memcpy(last.data(), bytes.data(), bytes.size());
  last[bytes.size()] ^= std::byte{0x01};
  last[kRate - 1] ^= std::byte{0x80};
  absorb(state, last.data());
  Word out;
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(state[i / 8] >> (8 * (i % 8)));
  return out;
}

}  // namespace oree::ethereum
