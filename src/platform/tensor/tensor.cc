#include "platform/tensor/tensor.h"

#include <algorithm>
#include <array>
#include <new>

#include "base/text.h"

namespace oree::tensor {

namespace {

constexpr size_t kMaxElements = size_t{1} << 40;
constexpr size_t kMaxBytes = size_t{1} << 30;
constexpr std::align_val_t kAlignment{64};

// In the order of DType.
constexpr std::array<DTypeFacts, 14> kFacts{{
    {DType::boolean, "BOOL", 1},
    {DType::u8, "UINT8", 1},
    {DType::u16, "UINT16", 2},
    {DType::u32, "UINT32", 4},
    {DType::u64, "UINT64", 8},
    {DType::i8, "INT8", 1},
    {DType::i16, "INT16", 2},
    {DType::i32, "INT32", 4},
    {DType::i64, "INT64", 8},
    {DType::f16, "FP16", 2},
    {DType::bf16, "BF16", 2},
    {DType::f32, "FP32", 4},
    {DType::f64, "FP64", 8},
    {DType::text, "BYTES", 0},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kFacts.size(); ++i)
    if (static_cast<size_t>(kFacts[i].dtype) != i) return false;
  return kFacts.size() == static_cast<size_t>(DType::text) + 1;
}
static_assert(in_order());

}  // namespace

const DTypeFacts& facts(DType dtype) {
  return kFacts[static_cast<size_t>(dtype)];
}

std::optional<DType> parse_dtype(std::string_view name) {
  for (const DTypeFacts& row : kFacts)
    if (row.name == name) return row.dtype;
  return std::nullopt;
}

Result<size_t> element_count(std::span<const int64_t> shape) {
  for (const int64_t side : shape)
    if (side < 0)
      return fail(ErrorKind::invalid, cat("shape ", shape_text(shape), " has a negative dimension"));
  if (std::ranges::find(shape, 0) != shape.end()) return size_t{0};
  size_t count = 1;
  for (const int64_t side : shape) {
    if (static_cast<uint64_t>(side) > kMaxElements / count)
      return fail(ErrorKind::invalid, cat("shape ", shape_text(shape), " has more than 2^40 elements"));
    count *= static_cast<size_t>(side);
  }
  return count;
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) out += ',';
    out += cat(shape[i]);
  }
  return out + "]";
}

bool fits(std::span<const int64_t> shape, std::span<const int64_t> spec) {
  return std::ranges::equal(shape, spec, [](int64_t side, int64_t wanted) {
    return side >= 0 && (wanted == -1 || side == wanted);
  });
}

void Tensor::Free::operator()(std::byte* p) const {
  ::operator delete[](p, kAlignment);
}

Result<Tensor> Tensor::create(DType dtype, Shape shape) {
  const size_t width = facts(dtype).bytes;
  if (width == 0)
    return fail(ErrorKind::invalid, "a tensor of BYTES has no fixed size and cannot be allocated");
  const Result<size_t> count = element_count(shape);
  if (!count) return forward(count);
  if (*count > kMaxBytes / width)
    return fail(ErrorKind::invalid, cat("a tensor ", facts(dtype).name, shape_text(shape), " takes ",
                                        size_text(*count * width), "; at most 1 GiB is allowed"));
  Tensor tensor;
  tensor.dtype_ = dtype;
  tensor.shape_ = std::move(shape);
  tensor.size_ = *count * width;
  // One byte at least, so that the data of an empty tensor is still a pointer that C libraries accept.
  const size_t allocated = std::max<size_t>(tensor.size_, 1);
  tensor.data_.reset(static_cast<std::byte*>(::operator new[](allocated, kAlignment, std::nothrow)));
  if (!tensor.data_)
    return fail(ErrorKind::unavailable, cat("no memory for a tensor of ", size_text(tensor.size_)));
  return tensor;
}

}  // namespace oree::tensor
