// The discrete Fourier transform of any length: radix 2 where it is a power of two, else Bluestein's chirp
// (Bluestein, "A linear filtering approach to the computation of discrete Fourier transform", 1970). Pure.
#pragma once

#include <complex>
#include <vector>

namespace oree::detection {

// X[k] = Σ x[n] e^(−2πi kn/N)
std::vector<std::complex<double>> fft(std::vector<std::complex<double>> x);

}  // namespace oree::detection
