#include "platform/tensor/npy.h"

#include <array>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace oree::tensor {

namespace {

struct Row {
  std::string_view descr;
  DType dtype;
};
constexpr std::array<Row, 12> kTypes{{
    {"<f4", DType::f32},
    {"<f8", DType::f64},
    {"<f2", DType::f16},
    {"|u1", DType::u8},
    {"|i1", DType::i8},
    {"<i2", DType::i16},
    {"<u2", DType::u16},
    {"<i4", DType::i32},
    {"<u4", DType::u32},
    {"<i8", DType::i64},
    {"<u8", DType::u64},
    {"|b1", DType::boolean},
}};

// What stands behind 'key': in the header, up to the next comma that is not inside brackets.
std::string_view field(std::string_view header, std::string_view key) {
  const size_t at = header.find(key);
  if (at == std::string_view::npos) return {};
  const size_t colon = header.find(':', at + key.size());
  if (colon == std::string_view::npos) return {};
  std::string_view rest = trim(header.substr(colon + 1));
  if (rest.starts_with("(")) return rest.substr(0, rest.find(')') + 1);
  return trim(rest.substr(0, rest.find_first_of(",}")));
}

std::optional<std::vector<int64_t>> parse_shape(std::string_view text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return std::nullopt;
  std::vector<int64_t> shape;
  for (const std::string_view part : split(text.substr(1, text.size() - 2), ',')) {
    if (trim(part).empty()) continue;
    const auto size = parse_number<int64_t>(trim(part));
    if (!size || *size < 0 || shape.size() >= 16) return std::nullopt;
    shape.push_back(*size);
  }
  return shape;
}

template <class T>
std::vector<float> converted(ByteView data, size_t first, size_t count) {
  std::vector<float> out(count);
  for (size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, data.data() + (first + i) * sizeof(T), sizeof(T));
    out[i] = static_cast<float>(value);
  }
  return out;
}

}  // namespace

Result<NpyArray> parse_npy(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  constexpr std::string_view kMagic = "\x93NUMPY";
  if (text.size() < 12 || !text.starts_with(kMagic)) return fail(ErrorKind::invalid, "this is no .npy file");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(text[i])); };
  const bool short_header = byte(6) == 1;
  const size_t begin = short_header ? 10 : 12;
  size_t length = byte(8) | byte(9) << 8;
  if (!short_header) length |= byte(10) << 16 | byte(11) << 24;
  if (length > text.size() - begin) return fail(ErrorKind::invalid, "the header of this .npy is cut off");
  const std::string_view header = text.substr(begin, length);
  std::string_view descr = field(header, "'descr'");
  if (descr.size() >= 2) descr = descr.substr(1, descr.size() - 2);
  NpyArray array;
  const Row* row = nullptr;
  for (const Row& candidate : kTypes) row = candidate.descr == descr ? &candidate : row;
  if (row == nullptr)
    return fail(ErrorKind::invalid, cat("elements of type '", descr, "' are not read; save them as float32"));
  array.dtype = row->dtype;
  if (field(header, "'fortran_order'") != "False")
    return fail(ErrorKind::invalid, "this .npy is in Fortran order; save numpy.ascontiguousarray(x)");
  const auto shape = parse_shape(field(header, "'shape'"));
  if (!shape) return fail(ErrorKind::invalid, "this .npy has no shape that can be read");
  array.shape = *shape;
  const Result<size_t> count = element_count(array.shape);
  if (!count) return forward(count);
  const ByteView data = bytes.subspan(begin + length);
  if (data.size() != *count * facts(array.dtype).bytes)
    return fail(ErrorKind::invalid,
                cat("this .npy holds ", data.size(), " bytes of data; its shape ", shape_text(array.shape),
                    " wants ", *count * facts(array.dtype).bytes));
  array.data.assign(data.begin(), data.end());
  return array;
}

std::vector<float> floats_of(const NpyArray& array, size_t first, size_t count) {
  switch (array.dtype) {
    case DType::f32:
      return converted<float>(array.data, first, count);
    case DType::f64:
      return converted<double>(array.data, first, count);
    case DType::i8:
      return converted<int8_t>(array.data, first, count);
    case DType::u8:
    case DType::boolean:
      return converted<uint8_t>(array.data, first, count);
    case DType::i16:
      return converted<int16_t>(array.data, first, count);
    case DType::u16:
      return converted<uint16_t>(array.data, first, count);
    case DType::i32:
      return converted<int32_t>(array.data, first, count);
    case DType::u32:
      return converted<uint32_t>(array.data, first, count);
    case DType::i64:
      return converted<int64_t>(array.data, first, count);
    case DType::u64:
      return converted<uint64_t>(array.data, first, count);
    default:
      return {};
  }
}

}  // namespace oree::tensor
