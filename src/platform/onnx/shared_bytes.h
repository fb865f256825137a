// Bytes that several tensors share and nobody changes: copying a model does not copy its weights.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace oree::onnx {

// Bytes that several tensors may share and nobody changes. data() is aligned to 8 when made by `of`.
class SharedBytes {
 public:
  SharedBytes() = default;
  // `keep` holds the memory behind `view`: a buffer, or a mapped file.
  SharedBytes(ByteView view, std::shared_ptr<const void> keep) : view_(view), keep_(std::move(keep)) {}
  static SharedBytes of(ByteBuffer bytes) {
    auto kept = std::make_shared<const ByteBuffer>(std::move(bytes));
    return {*kept, kept};
  }
  static SharedBytes of(std::string bytes) {
    auto kept = std::make_shared<const std::string>(std::move(bytes));
    return {as_bytes(*kept), kept};
  }
  ByteView view() const { return view_; }
  size_t size() const { return view_.size(); }

 private:
  ByteView view_;
  std::shared_ptr<const void> keep_;
};

}  // namespace oree::onnx
