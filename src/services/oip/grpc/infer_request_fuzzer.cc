// A ModelInferRequest from a client that may send anything: whatever is decoded must lie within its memory.
#include <cstdint>

#include "services/oip/grpc/infer_request.h"

namespace {

struct Silent final : oree::oip::InferCall {
  void finished(oree::Status) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Silent call;
  call.clear_call();
  const oree::ByteView message(reinterpret_cast<const std::byte*>(data), size);
  if (!oree::oip::decode_infer_request(message, call)) return 0;
  uint64_t sum = 0;
  for (const auto& input : call.inputs) {
    for (const char c : input.name) sum += static_cast<uint8_t>(c);
    for (const int64_t side : input.shape) sum += static_cast<uint64_t>(side);
    for (const std::byte byte : input.data) sum += std::to_integer<uint64_t>(byte);
  }
  for (const auto& output : call.outputs) sum += output.name.size();
  if (call.wishes.size() != call.outputs.size() || call.input_regions.size() != call.inputs.size()) {
    __builtin_trap();
  }
  [[maybe_unused]] static volatile uint64_t sink;  // so that every byte is read
  sink = sum;
  return 0;
}
