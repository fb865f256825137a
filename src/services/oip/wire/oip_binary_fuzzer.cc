// A JSON header of any length with bytes behind it, and raw requests: every span lies inside of the body.
#include <cstdlib>
#include <vector>

#include "services/oip/wire/request.h"

namespace {

const oree::inference::Description& model() {
  static const oree::inference::Description description{
      "m", "1", "test", 4, {{{"x", oree::tensor::DType::f32, {-1, -1, 2}}, false, {}}}, {}};
  return description;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  static oree::oip::CallState state;
  state.clear_state(1 << 20);
  const std::vector<char> copy(data + 2, data + size);
  const std::string_view body(copy.data(), copy.size());
  const size_t length = std::min<size_t>(data[0] + 256U * data[1], body.size());
  const oree::oip::SharedMemory none;
  const oree::Status read =
      length == 0 ? oree::oip::read_raw_request(oree::as_bytes(body), model(), state)
                  : oree::oip::read_request(
                        {body.substr(0, length), oree::as_bytes(body.substr(length)), "m", &none}, state);
  if (!read) return 0;
  unsigned sum = 0;
  for (const oree::inference::CallInput& input : state.inputs) {
    for (const std::byte byte : input.data) sum += std::to_integer<unsigned>(byte);
    for (const int64_t dimension : input.shape) sum += static_cast<unsigned>(dimension);
    for (const char letter : input.name) sum += static_cast<unsigned>(letter);
  }
  static volatile unsigned seen;
  seen = sum;
  static_cast<void>(seen);
  return 0;
}
