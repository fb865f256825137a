#include "services/oip/wire/json_input.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "platform/tensor/typed.h"

namespace oree::oip {

namespace {

using json::Scanner;
using tensor::DType;

constexpr size_t kMaxRank = 32;
constexpr std::string_view kWrongCount =
    "Unable to parse 'data': Shape does not match true shape of 'data' field";

struct Draft {
  bool has_name = false, has_shape = false, has_data = false;
  std::string_view name;
  std::optional<DType> dtype;
  std::span<const int64_t> shape;
  size_t elements = 0;
  Elsewhere where;
  size_t data_begin = 0, data_end = 0;  // in the text; end 0: read already
  ByteView data;
};

// What was read already was read by the first.
std::unexpected<Error> twice(std::string_view key) {
  return fail(ErrorKind::invalid, cat("an input has '", key, "' twice"));
}

Status read_shape(RequestText& text, Draft& draft) {
  if (draft.has_shape) return twice("shape");
  Scanner& scanner = text.scanner;
  int64_t dimensions[kMaxRank];
  size_t rank = 0;
  if (!scanner.enter_array()) return text.wrong("shape", "array");
  while (scanner.element()) {
    uint64_t dimension = 0;
    if (rank == kMaxRank)
      return fail(ErrorKind::invalid, cat("a shape has more than ", kMaxRank, " dimensions"));
    if (!scanner.take(dimension) || dimension > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return text.wrong("shape", "unsigned-integer");
    dimensions[rank++] = static_cast<int64_t>(dimension);
  }
  const std::span<int64_t> kept = text.state().arena.take_of<int64_t>(rank);
  std::copy_n(dimensions, rank, kept.begin());
  draft.shape = kept;
  draft.has_shape = true;
  return {};
}

Status check_size(Draft& draft) {
  constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  uint64_t elements = 1;
  for (const int64_t dimension : draft.shape) {
    if (__builtin_mul_overflow(elements, static_cast<uint64_t>(dimension), &elements) || elements > kMost) {
      return fail(ErrorKind::invalid, cat("input '", draft.name, "' shape ", tensor::shape_text(draft.shape),
                                          " causes total element count to exceed maximum size of ", kMost));
    }
  }
  if (elements > kMost / std::max<size_t>(1, tensor::facts(*draft.dtype).bytes))
    return fail(ErrorKind::invalid, cat("byte size overflow for input '", draft.name, "'"));
  draft.elements = elements;
  return {};
}

std::string_view json_word(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return "boolean";
    case DType::f32:
    case DType::f64:
      return "number";
    case DType::i8:
    case DType::i16:
    case DType::i32:
    case DType::i64:
      return "signed-integer";
    default:
      return "unsigned-integer";
  }
}

// Precondition: datatype and shape are known, the scanner is at an array.
template <class T>
Status read_numbers(RequestText& text, Draft& draft) {
  // The shortest number and its comma take two characters.
  const size_t most = (text.body().json.size() - text.scanner.place()) / 2 + 1;
  if (draft.elements > most) return fail(ErrorKind::invalid, std::string(kWrongCount));
  const std::span<T> out = text.state().arena.take_of<T>(draft.elements);
  switch (text.scanner.numbers(out.data(), out.size())) {
    case Scanner::Fill::exact:
      break;
    case Scanner::Fill::wrong_type:
      return text.wrong("data", json_word(*draft.dtype));
    default:
      return fail(ErrorKind::invalid, std::string(kWrongCount));
  }
  draft.data = std::as_bytes(out);
  return {};
}

// Strings, nested or flat, as the binary form has them; `out` has room for all that the text can mean.
Status read_texts(RequestText& text, char*& out, size_t& count) {
  Scanner& scanner = text.scanner;
  if (!scanner.enter_array()) return text.wrong("data", "array");
  while (scanner.element()) {
    json::RawText element;
    if (scanner.kind() == Scanner::Kind::array) {
      if (Status inner = read_texts(text, out, count); !inner) return inner;
      continue;
    }
    if (!scanner.take(element)) return text.wrong("data", "string");
    const auto size = static_cast<uint32_t>(json::unescape(element.raw, out + 4));
    for (int i = 0; i < 4; ++i) out[i] = static_cast<char>(size >> (8 * i));
    out += 4 + size;
    ++count;
  }
  return scanner.broken() ? text.fault() : Status{};
}

Status read_text_data(RequestText& text, Draft& draft) {
  // "" and its comma take three characters and become four bytes.
  const std::span<char> room = text.state().arena.take_of<char>(2 * (draft.data_end - draft.data_begin) + 4);
  char* out = room.data();
  size_t count = 0;
  if (Status read = read_texts(text, out, count); !read) return read;
  if (count != draft.elements) return fail(ErrorKind::invalid, std::string(kWrongCount));
  draft.data = std::as_bytes(std::span(room.data(), out));
  return {};
}

Status read_data(RequestText& text, Draft& draft) {
  if (*draft.dtype == DType::text) return read_text_data(text, draft);
  const auto read = tensor::with_json_type(
      *draft.dtype, [&]<class T>(std::type_identity<T>) -> Status { return read_numbers<T>(text, draft); });
  if (read) return *read;
  return fail(
      ErrorKind::invalid,
      cat("receiving ", tensor::facts(*draft.dtype).name,
          " data via JSON is not supported. Please use the binary data format for input ", draft.name));
}

// Data whose datatype and shape are known is read at once; else the place is kept.
Status meet_data(RequestText& text, Draft& draft) {
  Scanner& scanner = text.scanner;
  if (draft.has_data) return twice("data");
  draft.has_data = true;
  draft.data_begin = scanner.place();
  if (scanner.kind() != Scanner::Kind::array) return text.wrong("data", "array");
  if (draft.dtype && draft.has_shape && draft.has_name && *draft.dtype != DType::text) {
    if (Status size = check_size(draft); !size) return size;
    return read_data(text, draft);
  }
  scanner.looks_numeric() ? scanner.pass_numbers() : scanner.skip();
  draft.data_end = scanner.place();
  return {};
}

Status read_late_data(RequestText& text, Draft& draft) {
  if (draft.data_end == 0) return {};
  Scanner& scanner = text.scanner;
  const size_t here = scanner.place();
  scanner.go(draft.data_begin);
  if (Status read = read_data(text, draft); !read) return read;
  // What was passed over unseen was not what it looked like.
  if (scanner.place() != draft.data_end) return text.wrong("data", "array");
  scanner.go(here);
  return {};
}

Status read_parameters(RequestText& text, Elsewhere& where) {
  Scanner& scanner = text.scanner;
  if (!scanner.enter_object()) return text.wrong("parameters", "object");
  std::string_view key;
  while (scanner.member(key)) {
    if (key == "binary_data_size") {
      where.binary = true;
      if (Status size = text.take_unsigned("binary_data_size", where.binary_size); !size) return size;
      continue;
    }
    const Result<bool> region = read_region_member(text, key, where);
    if (!region) return forward(region);
    if (!*region) scanner.skip();
  }
  return {};
}

Status check_source(const Draft& draft) {
  const int sources = draft.has_data + draft.where.binary + draft.where.in_region;
  if (sources == 1) return {};
  std::string what =
      "Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', "
      "'shared_memory_region' in 'parameters'. But";
  what += sources == 0 ? " no field is set" : " set";
  if (draft.has_data) what += " 'data'";
  if (draft.where.binary) what += " 'binary_data_size'";
  if (draft.where.in_region) what += " 'shared_memory_region'";
  return fail(ErrorKind::invalid, std::move(what));
}

Status place_data(RequestText& text, Draft& draft) {
  if (draft.where.binary) {
    const Result<ByteView> bytes = text.take_binary(draft.name, draft.where.binary_size);
    if (!bytes) return forward(bytes);
    draft.data = *bytes;
    return {};
  }
  if (!draft.where.in_region) return read_late_data(text, draft);
  Result<RegionPart> part = region_part(text, draft.where);
  if (!part) return forward(part);
  draft.data = part->bytes;
  text.state().regions.push_back(std::move(part->keep));
  return {};
}

Status finish(RequestText& text, Draft& draft) {
  if (text.scanner.broken()) return text.fault();
  if (Status source = check_source(draft); !source) return source;
  if (!draft.has_name) return text.missing("name");
  if (!draft.dtype) return text.missing("datatype");
  if (!draft.has_shape) return text.missing("shape");
  if (Status size = check_size(draft); !size) return size;
  if (Status data = place_data(text, draft); !data) return data;
  text.state().inputs.push_back({draft.name, *draft.dtype, draft.shape, draft.data});
  return {};
}

Status read_datatype(RequestText& text, Draft& draft) {
  if (draft.dtype) return twice("datatype");
  std::string_view name;
  if (Status read = text.take_text("datatype", name); !read) return read;
  draft.dtype = tensor::parse_dtype(name);
  if (!draft.dtype) return fail(ErrorKind::invalid, cat("invalid datatype '", name, "'"));
  return {};
}

Status read_member(RequestText& text, std::string_view key, Draft& draft) {
  if (key == "name") {
    draft.has_name = true;
    return text.take_text("name", draft.name);
  }
  if (key == "shape") return read_shape(text, draft);
  if (key == "datatype") return read_datatype(text, draft);
  if (key == "data") return meet_data(text, draft);
  if (key == "parameters") return read_parameters(text, draft.where);
  text.scanner.skip();
  return {};
}

}  // namespace

Status read_input(RequestText& text) {
  Draft draft;
  if (!text.scanner.enter_object()) return text.wrong("inputs", "object");
  std::string_view key;
  while (text.scanner.member(key)) {
    if (Status read = read_member(text, key, draft); !read) return read;
  }
  return finish(text, draft);
}

}  // namespace oree::oip
