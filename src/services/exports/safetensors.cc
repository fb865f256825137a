#include "services/exports/safetensors.h"

#include <array>

#include "base/text.h"
#include "platform/json/value.h"
#include "services/exports/byte_writer.h"

namespace oree::exports {
namespace {

constexpr uint64_t kMostHeaderBytes = 16 << 20;

uint64_t bytes_of(std::string_view dtype) {
  struct Row {
    std::string_view name;
    uint64_t bytes;
  };
  constexpr std::array<Row, 12> kRows{{{"F64", 8},
                                       {"F32", 4},
                                       {"F16", 2},
                                       {"BF16", 2},
                                       {"I64", 8},
                                       {"U64", 8},
                                       {"I32", 4},
                                       {"U32", 4},
                                       {"I16", 2},
                                       {"I8", 1},
                                       {"U8", 1},
                                       {"BOOL", 1}}};
  for (const auto& row : kRows)
    if (row.name == dtype) return row.bytes;
  return 0;
}

Error wrong(std::string_view name, std::string_view what) {
  return {ErrorKind::corrupt, cat("safetensors: tensor '", name, "' ", what)};
}

// nullopt when it overflows.
std::optional<uint64_t> size_of(const TensorView& tensor) {
  uint64_t size = bytes_of(tensor.dtype);
  for (const int64_t dim : tensor.shape)
    if (__builtin_mul_overflow(size, static_cast<uint64_t>(dim), &size)) return std::nullopt;
  return size;
}

Result<TensorView> view_of(const std::string& name, const json::Value& row, ByteView data) {
  TensorView view;
  const auto* dtype = row.find("dtype");
  const auto* shape = row.find("shape");
  const auto* offsets = row.find("data_offsets");
  if (dtype == nullptr || dtype->text() == nullptr || bytes_of(*dtype->text()) == 0)
    return std::unexpected(wrong(name, "has no dtype that is known"));
  view.dtype = *dtype->text();
  if (shape == nullptr || shape->array() == nullptr) return std::unexpected(wrong(name, "has no shape"));
  for (const auto& dim : *shape->array()) {
    const auto size = dim.integer();
    if (!size || *size < 0) return std::unexpected(wrong(name, "has a dim that is no size"));
    view.shape.push_back(*size);
  }
  const auto* pair = offsets == nullptr ? nullptr : offsets->array();
  if (pair == nullptr || pair->size() != 2) return std::unexpected(wrong(name, "has no data_offsets"));
  const auto begin = (*pair)[0].integer(), end = (*pair)[1].integer();
  if (!begin || !end || *begin < 0 || *end < *begin || static_cast<uint64_t>(*end) > data.size())
    return std::unexpected(wrong(name, "lies outside the file"));
  view.bytes = data.subspan(static_cast<size_t>(*begin), static_cast<size_t>(*end - *begin));
  if (size_of(view) != view.bytes.size())
    return std::unexpected(wrong(name, "has more or fewer bytes than its shape"));
  return view;
}

}  // namespace

ByteBuffer print_safetensors(const std::vector<std::pair<std::string, StoredTensor>>& tensors,
                             const std::vector<std::pair<std::string, std::string>>& metadata) {
  json::Object header;
  json::Object facts;
  for (const auto& [key, value] : metadata) facts.emplace_back(key, value);
  if (!facts.empty()) header.emplace_back("__metadata__", std::move(facts));
  uint64_t at = 0;
  for (const auto& [name, tensor] : tensors) {
    json::Array shape;
    for (const int64_t dim : tensor.shape) shape.emplace_back(dim);
    header.emplace_back(name, json::Object{{"dtype", tensor.dtype},
                                           {"shape", std::move(shape)},
                                           {"data_offsets", json::Array{at, at + tensor.bytes.size()}}});
    at += tensor.bytes.size();
  }
  std::string text = json::print(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the tensors begin aligned
  ByteWriter out;
  out.put_text(text);
  for (const auto& [name, tensor] : tensors) out.put(tensor.bytes);
  return out.take();
}

Result<std::map<std::string, TensorView>> parse_safetensors(ByteView file) {
  ByteReader reader(file);
  const std::string header = reader.get_text(kMostHeaderBytes);
  if (!reader.ok())
    return fail(ErrorKind::corrupt, "safetensors: the header is longer than the file or 16 MiB");
  const auto parsed = json::parse(header);
  if (!parsed)
    return fail(ErrorKind::corrupt, cat("safetensors: the header is no JSON: ", parsed.error().what));
  if (parsed->object() == nullptr)
    return fail(ErrorKind::corrupt, "safetensors: the header is no JSON object");
  std::map<std::string, TensorView> found;
  for (const auto& [name, row] : *parsed->object()) {
    if (name == "__metadata__") continue;
    auto view = view_of(name, row, file.subspan(reader.at()));
    if (!view) return forward(view);
    if (!found.emplace(name, *std::move(view)).second) return std::unexpected(wrong(name, "is there twice"));
  }
  return found;
}

}  // namespace oree::exports
