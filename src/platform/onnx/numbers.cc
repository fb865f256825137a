#include "platform/onnx/numbers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "platform/onnx/small_floats.h"
#include "platform/onnx/text.h"

namespace oree::onnx {
namespace {

std::unexpected<Error> not_numbers(const Tensor& tensor) {
  if (!tensor.external.empty()) {
    return fail(ErrorKind::invalid, "tensor '" + tensor.name + "' is still in its external file");
  }
  return fail(ErrorKind::unsupported, "tensor '" + tensor.name + "' of type " +
                                          std::string(facts(tensor.type).name) + " holds no plain numbers");
}

// Element i of a packed type of fewer than 8 bits, or of 8.
uint32_t bits_at(std::span<const uint8_t> bytes, size_t i, unsigned bits) {
  const size_t at = i * bits;
  uint32_t pair = bytes[at / 8];
  if (at / 8 + 1 < bytes.size()) pair |= static_cast<uint32_t>(bytes[at / 8 + 1]) << 8;
  return pair >> (at % 8) & ((uint32_t{1} << bits) - 1);
}

void put_bits(std::span<uint8_t> bytes, size_t i, unsigned bits, uint32_t value) {
  const size_t at = i * bits;
  const uint32_t spread = (value & ((uint32_t{1} << bits) - 1)) << (at % 8);
  bytes[at / 8] = static_cast<uint8_t>(bytes[at / 8] | (spread & 0xff));
  if (spread >> 8 != 0) bytes[at / 8 + 1] = static_cast<uint8_t>(bytes[at / 8 + 1] | spread >> 8);
}

template <class Out>
Out decode(uint32_t code, DataType type, unsigned bits) {
  if (const FloatFormat* format = small_format(type)) return static_cast<Out>(decode_small(code, *format));
  if (type == DataType::f8e8m0) {
    return static_cast<Out>(code == 255 ? std::nan("") : std::ldexp(1.0, static_cast<int>(code) - 127));
  }
  if (facts(type).is_signed && (code >> (bits - 1) & 1) != 0) {
    return static_cast<Out>(static_cast<int32_t>(code) - (int32_t{1} << bits));
  }
  return static_cast<Out>(code);
}

template <class Out, class In>
std::vector<Out> widened(const Tensor& tensor) {
  const auto elements = tensor.as<In>();
  std::vector<Out> out(elements.size());
  std::ranges::transform(elements, out.begin(), [](In value) { return static_cast<Out>(value); });
  return out;
}

template <class Out>
std::vector<Out> unpacked(const Tensor& tensor) {
  const unsigned bits = facts(tensor.type).bits;
  std::vector<Out> out(element_count(tensor.dims));
  const auto bytes = tensor.as<uint8_t>();
  const auto words = tensor.as<uint16_t>();
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = decode<Out>(bits == 16 ? words[i] : bits_at(bytes, i, bits), tensor.type, bits);
  }
  return out;
}

template <class Out>
Result<std::vector<Out>> numbers_of(const Tensor& tensor) {
  if (!tensor.external.empty()) return not_numbers(tensor);
  switch (tensor.type) {
    case DataType::f32:
      return widened<Out, float>(tensor);
    case DataType::f64:
      return widened<Out, double>(tensor);
    case DataType::i64:
      return widened<Out, int64_t>(tensor);
    case DataType::u64:
      return widened<Out, uint64_t>(tensor);
    case DataType::i32:
      return widened<Out, int32_t>(tensor);
    case DataType::u32:
      return widened<Out, uint32_t>(tensor);
    case DataType::i16:
      return widened<Out, int16_t>(tensor);
    case DataType::u16:
      return widened<Out, uint16_t>(tensor);
    case DataType::i8:
      return widened<Out, int8_t>(tensor);
    case DataType::u8:
    case DataType::boolean:
      return widened<Out, uint8_t>(tensor);
    case DataType::undefined:
    case DataType::text:
    case DataType::c64:
    case DataType::c128:
      return not_numbers(tensor);
    default:
      return unpacked<Out>(tensor);
  }
}

template <class T>
Tensor made(std::string name, DataType type, std::vector<int64_t> dims, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.type = type;
  tensor.dims = std::move(dims);
  tensor.data = SharedBytes::of(ByteBuffer(bytes.begin(), bytes.end()));
  return tensor;
}

template <class T>
T clipped(double value) {
  const double rounded = std::nearbyint(value);
  if (std::isnan(rounded)) return T{0};
  if (rounded <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  if (rounded >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  return static_cast<T>(rounded);
}

template <class T>
Tensor converted(std::string name, DataType type, std::vector<int64_t> dims, std::span<const double> values) {
  std::vector<T> out(values.size());
  std::ranges::transform(values, out.begin(), [](double value) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(value);
    } else {
      return clipped<T>(value);
    }
  });
  return made<T>(std::move(name), type, std::move(dims), out);
}

uint32_t encode(double value, DataType type, unsigned bits) {
  if (const FloatFormat* format = small_format(type)) {
    const bool saturate = bits < 16;
    return encode_small(value, *format, saturate);
  }
  if (type == DataType::f8e8m0) {
    if (!(value > 0)) return std::isnan(value) ? 255 : 0;
    return static_cast<uint32_t>(std::clamp(std::nearbyint(std::log2(value)) + 127, 0.0, 254.0));
  }
  const double low = facts(type).is_signed ? -static_cast<double>(1 << (bits - 1)) : 0;
  const double high = low + static_cast<double>(1 << bits) - 1;
  const double rounded = std::isnan(value) ? 0 : std::clamp(std::nearbyint(value), low, high);
  return static_cast<uint32_t>(static_cast<int32_t>(rounded));
}

Tensor packed(std::string name, DataType type, std::vector<int64_t> dims, std::span<const double> values) {
  const unsigned bits = facts(type).bits;
  std::vector<uint8_t> bytes((values.size() * bits + 7) / 8, 0);
  for (size_t i = 0; i < values.size(); ++i) {
    const uint32_t code = encode(values[i], type, bits);
    if (bits == 16) {
      bytes[2 * i] = static_cast<uint8_t>(code & 0xff);
      bytes[2 * i + 1] = static_cast<uint8_t>(code >> 8);
    } else {
      put_bits(bytes, i, bits, code);
    }
  }
  return made<uint8_t>(std::move(name), type, std::move(dims), bytes);
}

}  // namespace

Result<std::vector<float>> floats_of(const Tensor& tensor) {
  return numbers_of<float>(tensor);
}
Result<std::vector<double>> doubles_of(const Tensor& tensor) {
  return numbers_of<double>(tensor);
}

Result<std::vector<int64_t>> ints_of(const Tensor& tensor) {
  if (facts(tensor.type).floating) return not_numbers(tensor);
  return numbers_of<int64_t>(tensor);
}

Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const float> values) {
  return made(std::move(name), DataType::f32, std::move(dims), values);
}
Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const int64_t> values) {
  return made(std::move(name), DataType::i64, std::move(dims), values);
}
Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const int32_t> values) {
  return made(std::move(name), DataType::i32, std::move(dims), values);
}
Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const int8_t> values) {
  return made(std::move(name), DataType::i8, std::move(dims), values);
}
Tensor tensor_of(std::string name, std::vector<int64_t> dims, std::span<const uint8_t> values) {
  return made(std::move(name), DataType::u8, std::move(dims), values);
}
Tensor scalar(std::string name, float value) {
  return tensor_of(std::move(name), {}, std::span(&value, 1));
}

Result<Tensor> tensor_as(std::string name, DataType type, std::vector<int64_t> dims,
                         std::span<const double> values) {
  if (element_count(dims) != values.size()) {
    return fail(ErrorKind::bug, "tensor '" + name + "': " + std::to_string(values.size()) + " numbers for " +
                                    dims_text(dims));
  }
  switch (type) {
    case DataType::f32:
      return converted<float>(std::move(name), type, std::move(dims), values);
    case DataType::f64:
      return converted<double>(std::move(name), type, std::move(dims), values);
    case DataType::i64:
      return converted<int64_t>(std::move(name), type, std::move(dims), values);
    case DataType::u64:
      return converted<uint64_t>(std::move(name), type, std::move(dims), values);
    case DataType::i32:
      return converted<int32_t>(std::move(name), type, std::move(dims), values);
    case DataType::u32:
      return converted<uint32_t>(std::move(name), type, std::move(dims), values);
    case DataType::i16:
      return converted<int16_t>(std::move(name), type, std::move(dims), values);
    case DataType::u16:
      return converted<uint16_t>(std::move(name), type, std::move(dims), values);
    case DataType::i8:
      return converted<int8_t>(std::move(name), type, std::move(dims), values);
    case DataType::u8:
      return converted<uint8_t>(std::move(name), type, std::move(dims), values);
    case DataType::boolean: {
      std::vector<uint8_t> truths(values.size());
      std::ranges::transform(values, truths.begin(), [](double value) { return value != 0 ? 1 : 0; });
      return made<uint8_t>(std::move(name), type, std::move(dims), truths);
    }
    case DataType::undefined:
    case DataType::text:
    case DataType::c64:
    case DataType::c128:
      return fail(ErrorKind::unsupported,
                  "tensor '" + name + "': no numbers fit into " + std::string(facts(type).name));
    default:
      return packed(std::move(name), type, std::move(dims), values);
  }
}

uint64_t element_count(std::span<const int64_t> dims) {
  uint64_t count = 1;
  for (const int64_t dim : dims) count *= static_cast<uint64_t>(dim);
  return count;
}

}  // namespace oree::onnx
