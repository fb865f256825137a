#include "core/inference/backends/onnxruntime/ort_values.h"

#include <cstring>
#include <limits>
#include <string_view>

#include "base/text.h"
#include "platform/tensor/text.h"

namespace oree::inference::ort {

RunValues::RunValues(const Runtime& runtime, size_t inputs, size_t outputs)
    : runtime_(runtime), inputs_(inputs), count_(inputs + outputs), values_(few_.data()) {
  if (count_ <= kInline) return;
  many_.resize(count_);
  values_ = many_.data();
}

RunValues::~RunValues() {
  for (size_t i = 0; i < count_; ++i) {
    if (values_[i] != nullptr) runtime_.own(values_[i]);
  }
}

Status RunValues::set_input(size_t i, const tensor::TensorView& input) {
  if (input.dtype == tensor::DType::text) return make_text(runtime_, input, values_[i]);
  return wrap(input.dtype, input.shape, input.data.data(), input.data.size(), values_[i]);
}

Status RunValues::set_output(size_t i, tensor::DType dtype, const Output& output) {
  return wrap(dtype, output.shape, output.preset.data(), output.preset.size(), values_[inputs_ + i]);
}

// A tensor of theirs over memory of ours; nothing is copied.
Status RunValues::wrap(tensor::DType dtype, std::span<const int64_t> shape, const std::byte* data,
                       size_t bytes, OrtValue*& value) const {
  static std::byte nothing{};  // an empty tensor must still lie somewhere
  void* memory = bytes == 0 ? &nothing : const_cast<std::byte*>(data);
  return runtime_.check(runtime_.api()(kCreateTensorWithDataAsOrtValue, runtime_.cpu_memory(), memory, bytes,
                                       shape.data(), shape.size(), element_type_of(dtype), &value));
}

Status make_text(const Runtime& runtime, const tensor::TensorView& text, OrtValue*& value) {
  const Api& api = runtime.api();
  OrtAllocator* allocator = nullptr;
  if (Status got = runtime.check(api(kGetAllocatorWithDefaultOptions, &allocator)); !got) return got;
  const int type = element_type_of(tensor::DType::text);
  const Status made = runtime.check(
      api(kCreateTensorAsOrtValue, allocator, text.shape.data(), text.shape.size(), type, &value));
  if (!made) return made;
  tensor::TextReader reader(text.data);
  for (size_t i = 0; !reader.at_end(); ++i) {
    const Result<std::string_view> element = reader.next();
    if (!element) return forward(element);
    char* place = nullptr;
    const Status sized =
        runtime.check(api(kGetResizedStringTensorElementBuffer, value, i, element->size(), &place));
    if (!sized) return sized;
    if (!element->empty()) std::memcpy(place, element->data(), element->size());
  }
  return {};
}

Result<ByteBuffer> text_of(const Runtime& runtime, const OrtValue& value, size_t count) {
  if (count == 0) return ByteBuffer{};
  const Api& api = runtime.api();
  size_t bytes = 0;
  if (Status got = runtime.check(api(kGetStringTensorDataLength, &value, &bytes)); !got) return forward(got);
  // Their form: all bytes in a row, and where each element starts.
  std::vector<size_t> starts(count);
  std::string joined(bytes, '\0');
  void* place = joined.data();
  const Status got = runtime.check(api(kGetStringTensorContent, &value, place, bytes, starts.data(), count));
  if (!got) return forward(got);
  ByteBuffer ours;
  ours.reserve(bytes + count * tensor::kTextLengthBytes);
  starts.push_back(bytes);
  for (size_t i = 0; i < count; ++i) {
    const size_t length = starts[i + 1] - starts[i];
    if (length > std::numeric_limits<uint32_t>::max())
      return fail(ErrorKind::unsupported, cat("a text element of ", length, " bytes is too long to carry"));
    tensor::append_text(std::string_view(joined).substr(starts[i], length), ours);
  }
  return ours;
}

}  // namespace oree::inference::ort
