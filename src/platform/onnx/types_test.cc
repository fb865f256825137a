#include "platform/onnx/types.h"

#include <doctest/doctest.h>

namespace oree::onnx {

TEST_CASE("Every type's row stands at its number and is found by its name") {
  for (int32_t number = 0; known(number); ++number) {
    const TypeFacts& row = facts(static_cast<DataType>(number));
    CHECK(static_cast<int32_t>(row.type) == number);
    CHECK(find_type(row.name) == row.type);
  }
  CHECK(!known(29));
  CHECK(facts(static_cast<DataType>(1000)).type == DataType::undefined);
  CHECK(!find_type("FLOAT12"));
}

TEST_CASE("Small types are packed") {
  CHECK(packed_size(DataType::i4, 3) == 2);
  CHECK(packed_size(DataType::u2, 5) == 2);
  CHECK(packed_size(DataType::f6e2m3, 4) == 3);
  CHECK(packed_size(DataType::f64, 3) == 24);
  CHECK(!packed_size(DataType::f64, uint64_t{1} << 62));
}

}  // namespace oree::onnx
