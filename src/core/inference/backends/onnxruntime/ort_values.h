// The tensors of one run as values of the runtime: over memory of ours where it can be, text through its own.
//
// Given back when this goes, but for outputs that were taken. Up to kInline of them need no allocation of
// ours.
#pragma once

#include <array>
#include <vector>

#include "core/inference/backends/onnxruntime/ort_runtime.h"
#include "core/inference/model.h"

namespace oree::inference::ort {

class RunValues {
 public:
  RunValues(const Runtime& runtime, size_t inputs, size_t outputs);
  ~RunValues();
  RunValues(const RunValues&) = delete;
  RunValues& operator=(const RunValues&) = delete;

  Status set_input(size_t i, const tensor::TensorView& input);
  // Where the runtime shall write; not for text, which it must hold itself.
  Status set_output(size_t i, tensor::DType dtype, const Output& output);

  const OrtValue* const* inputs() const { return values_; }
  OrtValue** outputs() { return values_ + inputs_; }
  Owned<OrtValue> take_output(size_t i) { return runtime_.own(std::exchange(outputs()[i], nullptr)); }

 private:
  Status wrap(tensor::DType dtype, std::span<const int64_t> shape, const std::byte* data, size_t bytes,
              OrtValue*& value) const;

  static constexpr size_t kInline = 16;
  const Runtime& runtime_;
  const size_t inputs_, count_;
  std::array<OrtValue*, kInline> few_{};
  std::vector<OrtValue*> many_;
  OrtValue** values_;
};

// A value that holds the elements of a text tensor, which were checked.
Status make_text(const Runtime& runtime, const tensor::TensorView& text, OrtValue*& value);
// The elements of a value in our form; `count` of them.
Result<ByteBuffer> text_of(const Runtime& runtime, const OrtValue& value, size_t count);

}  // namespace oree::inference::ort
