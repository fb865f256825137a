#include "platform/tensor/npy.h"

#include <doctest/doctest.h>

namespace oree::tensor {
namespace {

std::string npy(const std::string& descr, const std::string& shape, std::string_view data) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.resize(118 - 10, ' ');
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size());
  out += '\0';
  return out + header + std::string(data);
}

std::string bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

TEST_CASE("Arrays are read as NumPy wrote them") {
  const std::vector<float> values{1.5f, -2, 3};
  const auto array = parse_npy(as_bytes(npy("<f4", "(3,)", bytes_of(values))));
  REQUIRE(array);
  CHECK(array->shape == std::vector<int64_t>{3});
  CHECK(floats_of(*array, 1, 2) == std::vector<float>{-2, 3});
  const auto bytes = parse_npy(as_bytes(npy("|i1", "(2, 2)", std::string_view("\x01\xff\x7f\x80", 4))));
  REQUIRE(bytes);
  CHECK(floats_of(*bytes, 0, 4) == std::vector<float>{1, -1, 127, -128});
}

TEST_CASE("Arrays that lie about themselves are refused") {
  const std::string data(12, '\0');
  CHECK(parse_npy(as_bytes("hello, world!")).error().what == "this is no .npy file");
  CHECK(parse_npy(as_bytes(npy("<f4", "(4,)", data))).error().what.find("its shape [4] wants 16") !=
        std::string::npos);
  CHECK(parse_npy(as_bytes(npy("<c8", "(1,)", data))).error().what.find("'<c8'") != std::string::npos);
  CHECK_FALSE(parse_npy(as_bytes(npy("<f4", "(-3,)", data))));
  CHECK_FALSE(parse_npy(as_bytes(npy("<f4", "(99999999999, 99999999999)", data))));
  std::string cut = npy("<f4", "(3,)", data);
  cut[8] = '\xff';
  cut[9] = '\xff';
  CHECK(parse_npy(as_bytes(cut)).error().what.find("cut off") != std::string::npos);
  std::string fortran = npy("<f4", "(3,)", data);
  fortran.replace(fortran.find("False"), 5, "True ");
  CHECK(parse_npy(as_bytes(fortran)).error().what.find("Fortran") != std::string::npos);
}

}  // namespace
}  // namespace oree::tensor
