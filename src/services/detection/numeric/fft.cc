#include "services/detection/numeric/fft.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace oree::detection {

namespace {

using Signal = std::vector<std::complex<double>>;

std::complex<double> turn(double part) {
  return std::polar(1.0, -2 * std::numbers::pi * part);
}

void sort_by_reversed_bits(Signal& x) {
  const size_t n = x.size();
  for (size_t i = 1, j = 0; i < n; ++i) {
    size_t bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
}

// Every twiddle from its own angle: a running product would lose digits.
void radix2(Signal& x) {
  const size_t n = x.size();
  sort_by_reversed_bits(x);
  Signal turns(n / 2);
  for (size_t k = 0; k < n / 2; ++k) turns[k] = turn(static_cast<double>(k) / static_cast<double>(n));
  for (size_t length = 2; length <= n; length *= 2) {
    const size_t step = n / length;
    for (size_t first = 0; first < n; first += length) {
      for (size_t k = 0; k < length / 2; ++k) {
        const auto even = x[first + k];
        const auto odd = x[first + k + length / 2] * turns[k * step];
        x[first + k] = even + odd;
        x[first + k + length / 2] = even - odd;
      }
    }
  }
}

void inverse_radix2(Signal& x) {
  for (auto& v : x) v = std::conj(v);
  radix2(x);
  for (auto& v : x) v = std::conj(v) / static_cast<double>(x.size());
}

Signal bluestein(const Signal& x) {
  const size_t n = x.size();
  const size_t m = std::bit_ceil(2 * n - 1);
  Signal chirp(n), a(m), b(m);
  for (size_t k = 0; k < n; ++k) {
    // k² mod 2n keeps the angle exact.
    chirp[k] = turn(static_cast<double>(k * k % (2 * n)) / static_cast<double>(2 * n));
    a[k] = x[k] * chirp[k];
    b[k] = std::conj(chirp[k]);
    if (k > 0) b[m - k] = b[k];
  }
  radix2(a);
  radix2(b);
  for (size_t k = 0; k < m; ++k) a[k] *= b[k];
  inverse_radix2(a);
  Signal out(n);
  for (size_t k = 0; k < n; ++k) out[k] = a[k] * chirp[k];
  return out;
}

}  // namespace

std::vector<std::complex<double>> fft(std::vector<std::complex<double>> x) {
  if (x.size() < 2) return x;
  if (!std::has_single_bit(x.size())) return bluestein(x);
  radix2(x);
  return x;
}

}  // namespace oree::detection
