#include "core/modelconfig/names.h"

#include <doctest/doctest.h>

#include "core/modelconfig/model_config.h"

namespace oree::modelconfig {
namespace {

TEST_CASE("EveryDataTypeHasAWordThatMeansIt") {
  for (int i = 0; i <= static_cast<int>(tensor::DType::text); ++i) {
    const auto type = static_cast<tensor::DType>(i);
    CHECK(parse_type(type_name(type)) == DataType(type));
  }
  CHECK(type_name({}) == "TYPE_INVALID");
  CHECK(type_name(tensor::DType::text) == "TYPE_STRING");
  CHECK_FALSE(parse_type("TYPE_INVALID"));
  CHECK_FALSE(parse_type("FP32"));
}

TEST_CASE("AConfigurationThatSaysNothingBatchesNothing") {
  const ModelConfig config;
  CHECK(config.max_batch_size == 0);
  CHECK_FALSE(config.dynamic_batching);
  CHECK_FALSE(config.response_cache);
}

}  // namespace
}  // namespace oree::modelconfig
