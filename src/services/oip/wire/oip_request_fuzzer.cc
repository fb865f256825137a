// Whatever JSON comes as an inference request: a call whose tensors hold what their shapes say, or an error.
#include <cstdlib>
#include <vector>

#include "services/oip/wire/request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static oree::oip::CallState state;
  state.clear_state(1 << 20);
  const oree::oip::SharedMemory none;
  // Memory of its own, so that the sanitizer sees its end.
  const std::vector<char> copy(data, data + size);
  const oree::Status read = oree::oip::read_request({{copy.data(), size}, {}, "m", &none}, state);
  if (!read) {
    if (read.error().what.empty()) std::abort();
    return 0;
  }
  if (state.wishes.size() != state.outputs.size()) std::abort();
  for (const oree::inference::CallInput& input : state.inputs) {
    const auto count = oree::tensor::element_count(input.shape);
    const size_t bytes = oree::tensor::facts(input.dtype).bytes;
    if (bytes != 0 && count && !input.data.empty() && input.data.size() != *count * bytes) std::abort();
  }
  return 0;
}
