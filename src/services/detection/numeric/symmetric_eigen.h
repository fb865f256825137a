// Eigenvalues and eigenvectors of a small symmetric matrix, by cyclic Jacobi rotations (Golub, Van Loan,
// "Matrix Computations", §8.5). Meant for some hundred rows. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace oree::detection {

struct Eigen {
  std::vector<double> values;   // largest first
  std::vector<double> vectors;  // row k belongs to values[k]; n × n, row-major
};

// `matrix` is n × n; the upper triangle counts.
Eigen symmetric_eigen(std::vector<double> matrix, size_t n);

}  // namespace oree::detection
