// Arrays as NumPy writes them (format 1.0), for tests.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace oree::tensor::testing {

inline std::string npy(const std::string& descr, const std::string& shape, std::string_view data) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(118 - 10, ' ');
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size());
  out += '\0';
  return out + header + std::string(data);
}

inline std::string bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace oree::tensor::testing
