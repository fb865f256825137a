#include "services/oip/grpc/typed_contents.h"

#include <cstdint>
#include <limits>

#include "base/text.h"
#include "services/oip/grpc/protobuf.h"

namespace oree::oip {
namespace {

using protobuf::Fields;
using tensor::DType;

// Which field of InferTensorContents holds a datatype's values; 0: none does.
uint32_t field_of(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return 1;
    case DType::i8:
    case DType::i16:
    case DType::i32:
      return 2;
    case DType::i64:
      return 3;
    case DType::u8:
    case DType::u16:
    case DType::u32:
      return 4;
    case DType::u64:
      return 5;
    case DType::f32:
      return 6;
    case DType::f64:
      return 7;
    case DType::text:
      return 8;
    case DType::f16:
    case DType::bf16:
      return 0;
  }
  return 0;
}

template <class T>
bool fits_in(uint64_t value) {
  const auto number = static_cast<int64_t>(value);
  if constexpr (std::is_signed_v<T>) {
    return number >= std::numeric_limits<T>::min() && number <= std::numeric_limits<T>::max();
  } else {
    return value <= std::numeric_limits<T>::max();
  }
}

// A varint as it lies in the tensor; false when it does not fit.
bool append_number(DType dtype, uint64_t value, std::string& out) {
  bool fits = true;
  switch (dtype) {
    case DType::boolean:
      value = value != 0 ? 1 : 0;
      break;
    case DType::i8:
      fits = fits_in<int8_t>(value);
      break;
    case DType::i16:
      fits = fits_in<int16_t>(value);
      break;
    case DType::i32:
      fits = fits_in<int32_t>(value);
      break;
    case DType::u8:
      fits = fits_in<uint8_t>(value);
      break;
    case DType::u16:
      fits = fits_in<uint16_t>(value);
      break;
    case DType::u32:
      fits = fits_in<uint32_t>(value);
      break;
    default:
      break;
  }
  for (size_t i = 0; i < tensor::facts(dtype).bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return fits;
}

class Contents {
 public:
  Contents(DType dtype, std::string& converted) : dtype_(dtype), converted_(converted) {}

  Result<std::optional<ByteView>> read(ByteView message) {
    const uint32_t wanted = field_of(dtype_);
    if (wanted == 0) {
      return fail(ErrorKind::invalid,
                  cat("datatype ", tensor::facts(dtype_).name, " goes into raw_input_contents only"));
    }
    Fields fields(message);
    while (fields.next()) {
      const uint32_t number = fields.key() >> 3;
      const bool is_empty_list = (fields.key() & 7) == 2 && fields.bytes().empty() && number != 8;
      if (number > 8 || is_empty_list) continue;
      if (number != wanted) {
        return fail(ErrorKind::invalid, cat("field ", number, " of contents is set, datatype ",
                                            tensor::facts(dtype_).name, " needs field ", wanted));
      }
      if (Status taken = take(fields); !taken) return forward(taken);
    }
    if (fields.broken()) return malformed();
    if (!converting_) return std::optional<ByteView>(whole_);
    return std::optional<ByteView>();
  }

 private:
  static std::unexpected<Error> malformed() { return fail(ErrorKind::invalid, "the message is malformed"); }

  Status take(const Fields& fields) {
    const bool packed = (fields.key() & 7) == 2;
    switch (dtype_) {
      case DType::text:
        return packed ? take_text(fields.bytes()) : malformed();
      case DType::f32:
      case DType::f64:
        return packed ? take_packed_reals(fields.bytes()) : take_real(fields.integer());
      default:
        return packed ? take_packed_integers(fields.bytes()) : take_integer(fields.integer());
    }
  }

  // One packed list is the tensor as it is; only when it comes in pieces they have to be brought together.
  Status take_packed_reals(ByteView list) {
    if (list.size() % tensor::facts(dtype_).bytes != 0) return malformed();
    if (!converting_ && whole_.empty()) {
      whole_ = list;
      return {};
    }
    convert();
    converted_ += as_text(list);
    return {};
  }

  Status take_real(uint64_t bits) {
    convert();
    for (size_t i = 0; i < tensor::facts(dtype_).bytes; ++i) converted_ += static_cast<char>(bits >> (8 * i));
    return {};
  }

  Status take_packed_integers(ByteView list) {
    while (!list.empty()) {
      uint64_t value = 0;
      if (!protobuf::take_varint(list, value)) return malformed();
      if (Status taken = take_integer(value); !taken) return taken;
    }
    return {};
  }

  Status take_integer(uint64_t value) {
    convert();
    if (append_number(dtype_, value, converted_)) return {};
    return fail(ErrorKind::invalid,
                cat(static_cast<int64_t>(value), " does not fit into ", tensor::facts(dtype_).name));
  }

  Status take_text(ByteView value) {
    convert();
    for (size_t i = 0; i < 4; ++i) converted_ += static_cast<char>(value.size() >> (8 * i));
    converted_ += as_text(value);
    return {};
  }

  void convert() {
    if (converting_) return;
    converting_ = true;
    converted_ += as_text(whole_);
  }

  DType dtype_;
  std::string& converted_;
  ByteView whole_;
  bool converting_ = false;
};

}  // namespace

Result<std::optional<ByteView>> read_typed_contents(ByteView contents, DType dtype, std::string& converted) {
  return Contents(dtype, converted).read(contents);
}

}  // namespace oree::oip
