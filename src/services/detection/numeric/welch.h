// The power spectrum of a signal by Welch's method, with the defaults of scipy.signal.welch: periodic Hann
// window, 256 samples per segment, half overlap, each segment less its mean, one-sided density, mean of the
// segments (Welch, "The use of fast Fourier transform for the estimation of power spectra", 1967). Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace oree::detection {

struct Spectrum {
  std::vector<double> frequencies;  // Hz, from 0 to rate / 2
  std::vector<double> density;      // unit² / Hz
};

// A signal shorter than `segment` is one segment of its own length. `invalid` for an empty signal, a segment
// below 2 or a rate that is not above 0. 1000 samples at 1000 Hz: 6 segments, 129 values, 3.90625 Hz apart.
Result<Spectrum> welch(std::span<const double> signal, double rate, size_t segment = 256);

// log10(density + 1e-10): what the vibration network sees.
std::vector<double> log_density(const Spectrum& spectrum);

}  // namespace oree::detection
