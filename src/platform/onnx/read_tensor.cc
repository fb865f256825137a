#include <bit>
#include <charconv>
#include <cstring>

#include "platform/onnx/convert.h"
#include "platform/onnx/text.h"

namespace oree::onnx {
namespace {

static_assert(std::endian::native == std::endian::little,
              "raw bytes are little-endian, as on every machine we know");

std::string called(const Tensor& tensor) {
  return "tensor '" + tensor.name + "'";
}

Result<uint64_t> counted(const Tensor& tensor) {
  uint64_t count = 1;
  for (const int64_t dim : tensor.dims) {
    if (dim < 0 || __builtin_mul_overflow(count, static_cast<uint64_t>(dim), &count)) {
      return fail(ErrorKind::invalid, called(tensor) + " has the impossible shape " + dims_text(tensor.dims));
    }
  }
  return count;
}

// The typed fields hold one element per entry, or for packed types as many as go into a byte (6 bits: one).
template <class Stored, class Entries>
std::string raw_of(const Entries& entries) {
  std::string raw(static_cast<size_t>(entries.size()) * sizeof(Stored), '\0');
  for (int i = 0; i < entries.size(); ++i) {
    const auto value = static_cast<Stored>(entries.Get(i));
    std::memcpy(raw.data() + static_cast<size_t>(i) * sizeof(Stored), &value, sizeof(Stored));
  }
  return raw;
}

std::string six_bit_raw(const google::protobuf::RepeatedField<int32_t>& entries) {
  std::string raw((static_cast<size_t>(entries.size()) * 6 + 7) / 8, '\0');
  for (int i = 0; i < entries.size(); ++i) {
    const auto value = static_cast<unsigned>(entries.Get(i)) & 0x3f;
    const auto bit = static_cast<size_t>(i) * 6;
    const unsigned spread = value << (bit % 8);
    raw[bit / 8] = static_cast<char>(static_cast<unsigned char>(raw[bit / 8]) | (spread & 0xff));
    if (bit % 8 > 2) raw[bit / 8 + 1] = static_cast<char>(spread >> 8);
  }
  return raw;
}

std::string int32_field_raw(const pb::TensorProto& from, unsigned bits) {
  if (bits == 6) return six_bit_raw(from.int32_data());
  if (bits == 32) return raw_of<int32_t>(from.int32_data());
  if (bits == 16) return raw_of<uint16_t>(from.int32_data());
  return raw_of<uint8_t>(from.int32_data());
}

std::string typed_raw(const pb::TensorProto& from, DataType type) {
  switch (type) {
    case DataType::f32:
    case DataType::c64:
      return raw_of<float>(from.float_data());
    case DataType::f64:
    case DataType::c128:
      return raw_of<double>(from.double_data());
    case DataType::i64:
      return raw_of<int64_t>(from.int64_data());
    case DataType::u64:
      return raw_of<uint64_t>(from.uint64_data());
    case DataType::u32:
      return raw_of<uint32_t>(from.uint64_data());
    default:
      return int32_field_raw(from, facts(type).bits);
  }
}

void clear_data(pb::TensorProto& from) {
  from.clear_float_data();
  from.clear_double_data();
  from.clear_int32_data();
  from.clear_int64_data();
  from.clear_uint64_data();
  from.clear_string_data();
  from.clear_raw_data();
}

template <class Number>
bool read_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

Status read_external(const pb::TensorProto& from, Tensor& to) {
  for (const auto& entry : from.external_data()) {
    bool good = true;
    if (entry.key() == "location") {
      to.external.location = entry.value();
    } else if (entry.key() == "offset") {
      good = read_number(entry.value(), to.external.offset);
    } else if (entry.key() == "length") {
      good = read_number(entry.value(), to.external.length) && to.external.length >= 0;
    }
    if (!good) {
      return fail(ErrorKind::invalid, called(to) + " has the " + entry.key() + " '" + entry.value() +
                                          "' in its external file, which is no number of bytes");
    }
  }
  if (to.external.empty())
    return fail(ErrorKind::invalid, called(to) + " is kept outside, but no file is named");
  return {};
}

Status read_text(pb::TensorProto& from, Tensor& to, uint64_t count) {
  for (auto& element : *from.mutable_string_data()) to.text.push_back(std::move(element));
  if (to.text.size() == count) return {};
  return fail(ErrorKind::invalid, called(to) + " of shape " + dims_text(to.dims) + " holds " +
                                      std::to_string(to.text.size()) + " texts");
}

Status read_data(pb::TensorProto& from, Tensor& to, uint64_t expected) {
  std::string raw;
  if (from.has_raw_data()) {
    raw = std::move(*from.mutable_raw_data());
  } else {
    raw = typed_raw(from, to.type);
  }
  if (raw.size() != expected) {
    return fail(ErrorKind::invalid, called(to) + " of type " + std::string(facts(to.type).name) +
                                        " and shape " + dims_text(to.dims) + " needs " +
                                        std::to_string(expected) + " bytes and has " +
                                        std::to_string(raw.size()));
  }
  to.data = SharedBytes::of(std::move(raw));
  return {};
}

}  // namespace

Result<Tensor> read_tensor(pb::TensorProto& from, const Limits& limits) {
  Tensor to;
  to.name = std::move(*from.mutable_name());
  to.dims.assign(from.dims().begin(), from.dims().end());
  if (from.has_segment()) {
    return fail(ErrorKind::unsupported,
                called(to) + " is stored in segments, which nothing writes; export it again");
  }
  if (!known(from.data_type()) || from.data_type() == 0) {
    return fail(ErrorKind::unsupported, called(to) + " has the element type " +
                                            std::to_string(from.data_type()) + ", which ONNX does not name");
  }
  to.type = static_cast<DataType>(from.data_type());
  const auto count = counted(to);
  if (!count) return forward(count);
  const auto bytes = packed_size(to.type, *count);
  if (!bytes || *bytes > limits.tensor_bytes) {
    return fail(ErrorKind::invalid, called(to) + " of shape " + dims_text(to.dims) + " is larger than the " +
                                        size_text(limits.tensor_bytes) + " allowed");
  }
  Status done;
  if (from.data_location() == pb::TensorProto::EXTERNAL) {
    done = read_external(from, to);
  } else if (to.type == DataType::text) {
    done = read_text(from, to, *count);
  } else {
    done = read_data(from, to, *bytes);
  }
  if (!done) return forward(done);
  clear_data(from);
  from.clear_name();
  from.clear_dims();
  from.clear_data_type();
  from.clear_external_data();
  from.clear_data_location();
  to.rest = from.SerializePartialAsString();
  return to;
}

}  // namespace oree::onnx
