#include "platform/tensor/npy.h"

#include <doctest/doctest.h>

#include "platform/tensor/testing/npy_file.h"

namespace oree::tensor {
namespace {

using testing::bytes_of;
using testing::npy;

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
