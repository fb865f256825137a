#include "services/detection/numeric/welch.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/text.h"
#include "services/detection/numeric/fft.h"
#include "services/detection/numeric/statistics.h"

namespace oree::detection {

namespace {

std::vector<double> periodic_hann(size_t n) {
  std::vector<double> window(n);
  for (size_t i = 0; i < n; ++i) {
    window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n));
  }
  return window;
}

// Adds |FFT|² of one segment, less its mean, times the window.
void add_segment(std::span<const double> segment, std::span<const double> window,
                 std::vector<double>& power) {
  const double centre = mean(segment);
  std::vector<std::complex<double>> x(segment.size());
  for (size_t i = 0; i < segment.size(); ++i) x[i] = (segment[i] - centre) * window[i];
  const auto spectrum = fft(std::move(x));
  for (size_t k = 0; k < power.size(); ++k) power[k] += std::norm(spectrum[k]);
}

}  // namespace

Result<Spectrum> welch(std::span<const double> signal, double rate, size_t segment) {
  if (signal.empty()) return fail(ErrorKind::invalid, "a spectrum needs samples, and there are none");
  if (segment < 2)
    return fail(ErrorKind::invalid, cat("a spectrum's segment must be 2 or more, got ", segment));
  if (!(rate > 0)) return fail(ErrorKind::invalid, cat("a spectrum's rate must be above 0 Hz, got ", rate));
  const size_t n = std::min(segment, signal.size());
  const size_t step = n - n / 2;
  const auto window = periodic_hann(n);
  double energy = 0;
  for (const double w : window) energy += w * w;
  std::vector<double> power(n / 2 + 1, 0.0);
  size_t segments = 0;
  for (size_t first = 0; first + n <= signal.size(); first += step) {
    add_segment(signal.subspan(first, n), window, power);
    ++segments;
  }
  Spectrum out;
  for (size_t k = 0; k < power.size(); ++k) {
    // Both halves of the spectrum, except where there is only one: at 0 and, for an even length, at rate / 2.
    const bool alone = k == 0 || 2 * k == n;
    out.frequencies.push_back(static_cast<double>(k) * rate / static_cast<double>(n));
    const double density = energy > 0 ? power[k] / (rate * energy * static_cast<double>(segments)) : 0;
    out.density.push_back(alone ? density : 2 * density);
  }
  return out;
}

std::vector<double> log_density(const Spectrum& spectrum) {
  std::vector<double> out(spectrum.density.size());
  std::ranges::transform(spectrum.density, out.begin(), [](double d) { return std::log10(d + 1e-10); });
  return out;
}

}  // namespace oree::detection
