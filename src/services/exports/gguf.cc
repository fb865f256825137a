#include "services/exports/gguf.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "services/exports/byte_writer.h"
#include "services/exports/gguf_blocks.h"

namespace oree::exports {
namespace {

constexpr uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr uint32_t kVersion = 3, kAlignment = 32;
constexpr size_t kLongestName = 63, kMostDims = 4;
constexpr uint64_t kMostTensors = 1'000'000, kMostKeys = 100'000, kMostText = 1 << 20;
constexpr std::string_view kNames = "oree.tensor_names";

// Types of values behind keys.
enum : uint32_t { kU32 = 4, kText = 8, kArray = 9 };

struct Row {
  const Weight* weight;
  GgufType type;
  uint64_t size;
};

uint64_t size_of(GgufType type, uint64_t elements) {
  if (type == GgufType::q8_0) return elements / kBlock * kQ8Bytes;
  if (type == GgufType::q4_0) return elements / kBlock * kQ4Bytes;
  return elements * sizeof(float);
}

bool takes(const Weight& weight) {
  return weight.is_matrix && weight.columns() > 0 && weight.columns() % kBlock == 0;
}

uint64_t aligned(uint64_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

std::string short_name(const std::string& name, size_t number) {
  if (name.size() <= kLongestName) return name;
  const std::string tail = cat("~", number);
  return name.substr(0, kLongestName - tail.size()) + tail;
}

Status check(const Weight& weight) {
  if (weight.dims.size() > kMostDims)
    return fail(ErrorKind::unsupported, cat("weight '", weight.name, "' has ", weight.dims.size(),
                                            " dims; GGUF takes up to ", kMostDims));
  if (!std::ranges::all_of(weight.values, [](float v) { return std::isfinite(v); }))
    return fail(ErrorKind::invalid, cat("weight '", weight.name, "' holds NaN or infinity"));
  return {};
}

void put_key(ByteWriter& out, std::string_view key, uint32_t value) {
  out.put_text(key);
  out.put(uint32_t{kU32});
  out.put(value);
}

void put_key(ByteWriter& out, std::string_view key, std::string_view value) {
  out.put_text(key);
  out.put(uint32_t{kText});
  out.put_text(value);
}

void put_keys(ByteWriter& out, const std::string& name, const std::vector<Row>& rows, GgufType type) {
  put_key(out, "general.architecture", "oree");
  put_key(out, "general.name", name);
  put_key(out, "general.alignment", kAlignment);
  put_key(out, "general.quantization_version", 2);
  // llama.cpp's numbers of files: all F32, mostly Q4_0, mostly Q8_0.
  put_key(out, "general.file_type", type == GgufType::q8_0 ? 7u : type == GgufType::q4_0 ? 2u : 0u);
  out.put_text(kNames);
  out.put(uint32_t{kArray});
  out.put(uint32_t{kText});
  out.put(static_cast<uint64_t>(rows.size()));
  for (const auto& row : rows) out.put_text(row.weight->name);
}

void put_infos(ByteWriter& out, const std::vector<Row>& rows) {
  uint64_t offset = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Weight& weight = *rows[i].weight;
    out.put_text(short_name(weight.name, i));
    const bool scalar = weight.dims.empty();
    out.put(static_cast<uint32_t>(scalar ? 1 : weight.dims.size()));
    if (scalar) out.put(uint64_t{1});
    for (auto dim = weight.dims.rbegin(); dim != weight.dims.rend(); ++dim)
      out.put(static_cast<uint64_t>(*dim));
    out.put(static_cast<uint32_t>(rows[i].type));
    out.put(offset);
    offset += aligned(rows[i].size);
  }
}

// Skips or reads one value behind a key.
bool skip_value(ByteReader& in, uint32_t type) {
  constexpr size_t kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  if (type >= std::size(kSizes)) return false;
  if (type == kText) {
    in.get_text(kMostText);
  } else if (type == kArray) {
    const auto element = in.get<uint32_t>();
    const auto count = in.get<uint64_t>();
    if (element == kArray || element >= std::size(kSizes) || count > kMostTensors) return false;
    for (uint64_t i = 0; i < count && in.ok(); ++i) skip_value(in, element);
  } else {
    in.take(kSizes[type]);
  }
  return in.ok();
}

struct Head {
  std::vector<std::string> names;  // full ones
  uint32_t alignment = kAlignment;
};

bool read_key(ByteReader& in, Head& head) {
  const std::string key = in.get_text(kMostText);
  const auto type = in.get<uint32_t>();
  if (key == "general.alignment" && type == kU32) {
    head.alignment = in.get<uint32_t>();
    return in.ok() && head.alignment != 0 && head.alignment <= 65536 && head.alignment % 8 == 0;
  }
  if (key != kNames || type != kArray) return skip_value(in, type);
  const auto element = in.get<uint32_t>();
  const auto count = in.get<uint64_t>();
  if (element != kText || count > kMostTensors) return false;
  for (uint64_t i = 0; i < count && in.ok(); ++i) head.names.push_back(in.get_text(kMostText));
  return in.ok();
}

struct Info {
  std::string name;
  std::vector<int64_t> dims;  // slowest first
  uint32_t type = 0;
  uint64_t offset = 0;
};

bool read_info(ByteReader& in, Info& info) {
  info.name = in.get_text(kMostText);
  const auto dims = in.get<uint32_t>();
  if (!in.ok() || dims > kMostDims) return false;
  for (uint32_t i = 0; i < dims; ++i)
    info.dims.insert(info.dims.begin(), static_cast<int64_t>(in.get<uint64_t>()));
  info.type = in.get<uint32_t>();
  info.offset = in.get<uint64_t>();
  return in.ok();
}

Status read_values(Weight& weight, const Info& info, ByteView data) {
  const auto type = static_cast<GgufType>(info.type);
  const bool same = weight.dims.empty() ? info.dims == std::vector<int64_t>{1} : info.dims == weight.dims;
  if (!same || (type != GgufType::f32 && type != GgufType::q8_0 && type != GgufType::q4_0) ||
      (type != GgufType::f32 && !takes(weight)))
    return fail(ErrorKind::corrupt,
                cat("GGUF: tensor '", weight.name, "' has another shape or an unknown type"));
  const uint64_t size = size_of(type, weight.values.size());
  if (info.offset > data.size() || size > data.size() - info.offset)
    return fail(ErrorKind::corrupt, cat("GGUF: tensor '", weight.name, "' lies outside the file"));
  read_blocks(data.subspan(info.offset, size), info.type, weight.values);
  return {};
}

}  // namespace

Result<ByteBuffer> print_gguf(const std::string& name, const std::vector<Weight>& weights, GgufType type) {
  std::vector<Row> rows;
  for (const auto& weight : weights) {
    if (const Status status = check(weight); !status) return forward(status);
    const GgufType own = takes(weight) ? type : GgufType::f32;
    rows.push_back({&weight, own, size_of(own, weight.values.size())});
  }
  ByteWriter out;
  out.put(kMagic);
  out.put(kVersion);
  out.put(static_cast<uint64_t>(rows.size()));
  out.put(uint64_t{6});
  put_keys(out, name, rows, type);
  put_infos(out, rows);
  out.pad_to(kAlignment);
  for (const auto& row : rows) {
    out.put(print_blocks(row.weight->values, static_cast<uint32_t>(row.type)));
    out.pad_to(kAlignment);
  }
  return out.take();
}

Status read_gguf(ByteView file, std::vector<Weight>& weights) {
  ByteReader in(file);
  if (in.get<uint32_t>() != kMagic || in.get<uint32_t>() != kVersion)
    return fail(ErrorKind::corrupt, "this is no GGUF file of version 3");
  const auto tensors = in.get<uint64_t>(), keys = in.get<uint64_t>();
  if (tensors > kMostTensors || keys > kMostKeys)
    return fail(ErrorKind::corrupt, "GGUF: too many tensors or keys");
  Head head;
  for (uint64_t i = 0; i < keys; ++i)
    if (!read_key(in, head)) return fail(ErrorKind::corrupt, cat("GGUF: key ", i, " cannot be read"));
  std::vector<Info> infos(0);
  for (uint64_t i = 0; i < tensors; ++i)
    if (!read_info(in, infos.emplace_back()))
      return fail(ErrorKind::corrupt, cat("GGUF: tensor ", i, " cannot be read"));
  const uint64_t begin = (in.at() + head.alignment - 1) / head.alignment * head.alignment;
  if (begin > file.size()) return fail(ErrorKind::corrupt, "GGUF: the file ends before its tensors");
  for (size_t i = 0; i < infos.size() && head.names.size() == infos.size(); ++i)
    infos[i].name = head.names[i];
  for (auto& weight : weights) {
    const auto at = std::ranges::find(infos, weight.name, &Info::name);
    if (at == infos.end())
      return fail(ErrorKind::corrupt, cat("GGUF: there is no tensor '", weight.name, "'"));
    if (const Status status = read_values(weight, *at, file.subspan(begin)); !status) return status;
  }
  return {};
}

}  // namespace oree::exports
