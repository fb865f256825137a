// Whatever bytes come as an inference request: an InferRequest whose data fit their datatypes, or an error.
#include <cstdlib>

#include "services/serving/dialects/oip_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static oree::json::Reader reader;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto request = oree::serving::parse_infer_json(reader, body);
  if (!request) {
    if (request.error().what.empty()) std::abort();
    return 0;
  }
  for (const oree::serving::InferInput& input : request->inputs) {
    const size_t bytes = oree::tensor::facts(input.dtype).bytes;
    if (bytes == 0 || input.data.size() % bytes != 0) std::abort();
    if (reinterpret_cast<uintptr_t>(input.data.data()) % bytes != 0) std::abort();
  }
  return 0;
}
