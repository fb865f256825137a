// Any body, asked of a model with numbers and text: read or refused, and printed again.
#include "services/dialects/json_tensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oree;
  static const inference::Description model{"m",
                                            "1",
                                            "fake",
                                            0,
                                            {{{"x", tensor::DType::f32, {-1, 2}}, false, {}},
                                             {{"t", tensor::DType::text, {-1}}, true, {}},
                                             {{"y", tensor::DType::u8, {-1, -1}}, true, {}}},
                                            {}};
  static json::Reader reader;
  struct Probe final : inference::Call {
    void finished(Status) override {}
  } call;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto question = dialects::read_question(reader, body, model);
  if (!question) return 0;
  std::vector<tensor::Shape> shapes;
  if (dialects::fill_call(*question, model, shapes, call)) (void)inference::check_call(model, call);
  return 0;
}
