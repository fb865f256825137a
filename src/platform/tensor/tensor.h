// Tensors: a datatype, a shape and bytes, row-major, little-endian. Views borrow, Tensor owns.
//
// Names are those of the Open Inference Protocol ("FP32"). A dimension of -1 in a TensorSpec is variable.
// Values are not thread-safe; a const view may be read from anywhere while its owner lives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace oree::tensor {

enum class DType { boolean, u8, u16, u32, u64, i8, i16, i32, i64, f16, bf16, f32, f64, text };

struct DTypeFacts {
  DType dtype;
  std::string_view name;  // "FP32"
  size_t bytes;           // of one element; 0 for text
};
const DTypeFacts& facts(DType dtype);
std::optional<DType> parse_dtype(std::string_view name);

using Shape = std::vector<int64_t>;

// Number of elements; `invalid` for a negative dimension or a product beyond 2^40.
Result<size_t> element_count(std::span<const int64_t> shape);
std::string shape_text(std::span<const int64_t> shape);  // "[1,3,224,224]"
// Whether a concrete shape fits a spec with -1s.
bool fits(std::span<const int64_t> shape, std::span<const int64_t> spec);

struct TensorSpec {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
};

struct TensorView {
  DType dtype = DType::f32;
  std::span<const int64_t> shape;
  ByteView data;

  // The elements as T. Precondition: dtype is T's and data is aligned for it (Tensor's always is).
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data.data()), data.size() / sizeof(T)};
  }
};

// Owns its bytes, aligned to 64 for SIMD.
class Tensor {
 public:
  Tensor() = default;
  // Bytes are not initialised. `invalid` when the shape is not concrete or too large (limit 1 GiB), or dtype
  // is text.
  static Result<Tensor> create(DType dtype, Shape shape);

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  ByteView bytes() const { return {data_.get(), size_}; }
  std::span<std::byte> mutable_bytes() { return {data_.get(), size_}; }
  TensorView view() const { return {dtype_, shape_, bytes()}; }
  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(data_.get()), size_ / sizeof(T)};
  }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  DType dtype_ = DType::f32;
  Shape shape_;
  size_t size_ = 0;
  std::unique_ptr<std::byte[], Free> data_;
};

}  // namespace oree::tensor
