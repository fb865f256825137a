// config.pbtxt and its JSON: whatever is read prints to JSON that reads back and prints the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/modelconfig/complete.h"
#include "core/modelconfig/parse.h"
#include "core/modelconfig/validate.h"

using namespace oree;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto config =
      text.starts_with("{") ? modelconfig::parse_config_json(text) : modelconfig::parse_config(text);
  if (!config) {
    if (config.error().what.empty()) std::abort();
    return 0;
  }
  const std::string once = modelconfig::print_json(*config);
  const auto again = modelconfig::parse_config_json(once);
  if (!again || modelconfig::print_json(*again) != once) std::abort();
  (void)modelconfig::validate(*config);
  const tensor::TensorSpec in{"INPUT0", tensor::DType::f32, {-1, 16}};
  const tensor::TensorSpec out{"OUTPUT0", tensor::DType::i32, {-1}};
  if (modelconfig::complete_defaults(*config, "simple") &&
      modelconfig::complete(*config, {&in, 1}, {&out, 1})) {
    (void)modelconfig::validate(*config);
  }
  return 0;
}
