#include "platform/crypto/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

#include "platform/crypto/crypto.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#define OREE_CRC_TARGET __attribute__((target("sse4.2")))
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#define OREE_CRC_TARGET __attribute__((target("+crc")))
#endif

namespace oree::crypto {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // Castagnoli, reflected (RFC 3720 appendix B.4)

using Tables = std::array<std::array<uint32_t, 256>, 8>;

// tables[k][b]: what byte b does to the remainder when k more bytes follow it.
constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][b] = crc;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t b = 0; b < 256; ++b) {
      tables[k][b] = (tables[k - 1][b] >> 8) ^ tables[0][tables[k - 1][b] & 255];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

uint64_t load64(const std::byte* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

uint32_t crc32c_by_table(ByteView bytes, uint32_t seed) {
  static_assert(std::endian::native == std::endian::little);
  uint32_t crc = ~seed;
  while (bytes.size() >= 8) {
    const uint64_t word = load64(bytes.data()) ^ crc;
    crc = 0;
    for (size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][(word >> (8 * k)) & 255];
    bytes = bytes.subspan(8);
  }
  for (const std::byte b : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint32_t>(b)) & 255];
  return ~crc;
}

#if defined(__x86_64__)

bool has_crc32c_instructions() {
  return __builtin_cpu_supports("sse4.2") != 0;
}

OREE_CRC_TARGET uint32_t crc32c_by_instructions(ByteView bytes, uint32_t seed) {
  uint64_t crc = static_cast<uint32_t>(~seed);
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  for (; end - at >= 8; at += 8) crc = _mm_crc32_u64(crc, load64(at));
  auto crc32 = static_cast<uint32_t>(crc);
  for (; at != end; ++at) crc32 = _mm_crc32_u8(crc32, static_cast<uint8_t>(*at));
  return ~crc32;
}

#elif defined(__aarch64__)

bool has_crc32c_instructions() {
  constexpr unsigned long kHwcapCrc32 = 1ul << 7;
  return (getauxval(AT_HWCAP) & kHwcapCrc32) != 0;
}

OREE_CRC_TARGET uint32_t crc32c_by_instructions(ByteView bytes, uint32_t seed) {
  uint32_t crc = ~seed;
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  for (; end - at >= 8; at += 8) crc = __crc32cd(crc, load64(at));
  for (; at != end; ++at) crc = __crc32cb(crc, static_cast<uint8_t>(*at));
  return ~crc;
}

#else

bool has_crc32c_instructions() {
  return false;
}

uint32_t crc32c_by_instructions(ByteView bytes, uint32_t seed) {
  return crc32c_by_table(bytes, seed);
}

#endif

uint32_t crc32c(ByteView bytes, uint32_t seed) {
  static const bool hardware = has_crc32c_instructions();
  return hardware ? crc32c_by_instructions(bytes, seed) : crc32c_by_table(bytes, seed);
}

}  // namespace oree::crypto
