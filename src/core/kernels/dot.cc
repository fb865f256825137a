#include "core/kernels/dot.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace oree::kernels {

namespace {

constexpr int32_t saturate16(int32_t value) {
  return std::clamp(value, -32768, 32767);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) int32_t sum_of(__m256i lanes) {
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1));
  return _mm_cvtsi128_si32(half);
}

__attribute__((target("avx2"))) int32_t by_instruction(const uint8_t* a, const int8_t* w, size_t n) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sum = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + i)),
                                               _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + i)));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
  }
  return sum_of(sum) + dot_saturating_plain({a + i, n - i}, {w + i, n - i});
}

// Widened to 16 bits first, so that nothing saturates: |a·w + a·w| <= 65,025 fits VPMADDWD's 32 bits.
template <bool kSigned>
__attribute__((target("avx2"))) int32_t widened(const uint8_t* a, const int8_t* w, size_t n) {
  __m256i sum = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m128i raw = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i));
    const __m256i wide = kSigned ? _mm256_cvtepi8_epi16(raw) : _mm256_cvtepu8_epi16(raw);
    const __m256i weights = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(w + i)));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(wide, weights));
  }
  int32_t total = sum_of(sum);
  for (; i < n; ++i) total += (kSigned ? static_cast<int8_t>(a[i]) : a[i]) * w[i];
  return total;
}
#endif

bool has_avx2() {
#if defined(__x86_64__)
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
#else
  return false;
#endif
}

template <class Activation>
int32_t plain(std::span<const Activation> a, std::span<const int8_t> w) {
  int32_t sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * w[i];
  return sum;
}

}  // namespace

bool has_saturating_instruction() {
  return has_avx2();
}

int32_t dot_exact(std::span<const uint8_t> a, std::span<const int8_t> w) {
#if defined(__x86_64__)
  if (has_avx2()) return widened<false>(a.data(), w.data(), a.size());
#endif
  return plain(a, w);
}

int32_t dot_exact(std::span<const int8_t> a, std::span<const int8_t> w) {
#if defined(__x86_64__)
  if (has_avx2()) return widened<true>(reinterpret_cast<const uint8_t*>(a.data()), w.data(), a.size());
#endif
  return plain(a, w);
}

int32_t dot_saturating_plain(std::span<const uint8_t> a, std::span<const int8_t> w) {
  int32_t sum = 0;
  size_t i = 0;
  for (; i + 2 <= a.size(); i += 2) sum += saturate16(a[i] * w[i] + a[i + 1] * w[i + 1]);
  if (i < a.size()) sum += saturate16(a[i] * w[i]);
  return sum;
}

int32_t dot_saturating_by_instruction(std::span<const uint8_t> a, std::span<const int8_t> w) {
#if defined(__x86_64__)
  return by_instruction(a.data(), w.data(), a.size());
#else
  return dot_saturating_plain(a, w);
#endif
}

int32_t dot_saturating(std::span<const uint8_t> a, std::span<const int8_t> w) {
  return has_avx2() ? dot_saturating_by_instruction(a, w) : dot_saturating_plain(a, w);
}

}  // namespace oree::kernels
