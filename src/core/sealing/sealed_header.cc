#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "core/sealing/sealed_file.h"
#include "platform/json/value.h"

namespace oree::sealing {
namespace {

constexpr std::string_view kMark = "OREESEAL";
constexpr size_t kFixedBytes = 12, kMaxHeader = 256u << 10, kMostKeys = 1'000, kWrappedBytes = 40;
constexpr uint64_t kMaxPlain = uint64_t{1} << 50;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, cat("the sealed file's header: ", what));
}

const std::string* text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  return found == nullptr ? nullptr : found->text();
}

std::optional<uint64_t> number_at(const json::Value& object, std::string_view key) {
  const json::Value* found = object.find(key);
  const auto number = found == nullptr ? std::nullopt : found->integer();
  return number && *number >= 0 ? std::optional(static_cast<uint64_t>(*number)) : std::nullopt;
}

Status take_keys(const json::Value& tree, SealedHeader& out) {
  const json::Value* keys = tree.find("keys");
  if (keys == nullptr || keys->array() == nullptr || keys->array()->empty())
    return wrong("nobody has a key to it");
  if (keys->array()->size() > kMostKeys) return wrong("more than 1,000 keys");
  for (const json::Value& one : *keys->array()) {
    const std::string* id = text_at(one, "id");
    const std::string* wrapped = text_at(one, "wrapped");
    auto bytes = wrapped == nullptr ? std::nullopt : crypto::from_base64(*wrapped);
    if (id == nullptr || id->size() > 64 || !bytes || bytes->size() != kWrappedBytes)
      return wrong("a key lacks its id or its 40 bytes");
    out.keys.push_back({*id, std::move(*bytes)});
  }
  return {};
}

Result<SealedHeader> parse_json(std::string_view text) {
  const auto tree = json::parse(text);
  if (!tree) return forward(tree, "the sealed file's header");
  const auto version = number_at(*tree, "version");
  if (!version) return wrong("it has no version");
  const std::string* cipher = text_at(*tree, "cipher");
  if (*version != 1 || cipher == nullptr || *cipher != "AES-256-GCM")
    return fail(ErrorKind::unsupported, "the file was sealed in a way that this version does not know");
  SealedHeader out;
  const std::string* name = text_at(*tree, "name");
  const std::string* digest = text_at(*tree, "sha256");
  const std::string* nonce = text_at(*tree, "nonce");
  const auto parsed = digest == nullptr ? std::nullopt : crypto::parse_digest(*digest);
  const auto prefix = nonce == nullptr ? std::nullopt : from_hex(*nonce);
  const auto bytes = number_at(*tree, "bytes"), segment = number_at(*tree, "segment_bytes");
  if (name == nullptr || name->size() > 255 || name->find('/') != std::string::npos)
    return wrong("'name' is no file's name");
  if (!parsed || !prefix || prefix->size() != out.nonce_prefix.size())
    return wrong("'sha256' or 'nonce' is missing");
  if (!bytes || *bytes > kMaxPlain) return wrong("'bytes' is no size");
  if (!segment || *segment < (64u << 10) || *segment > (1u << 20) || (*segment & (*segment - 1)) != 0)
    return wrong("'segment_bytes' is no power of two from 64 KiB to 1 MiB");
  if (*bytes / *segment >= UINT32_MAX) return wrong("more segments than can be counted");
  out.name = *name;
  out.digest = *parsed;
  out.plain_bytes = *bytes;
  out.segment_bytes = static_cast<uint32_t>(*segment);
  std::ranges::copy(*prefix, out.nonce_prefix.begin());
  if (auto taken = take_keys(*tree, out); !taken) return forward(taken);
  return out;
}

}  // namespace

std::string print(const SealedHeader& header) {
  json::Array keys;
  for (const WrappedKey& one : header.keys)
    keys.push_back(json::Object{{"id", one.id}, {"wrapped", crypto::base64(one.wrapped)}});
  const json::Value tree = json::Object{{"version", 1},
                                        {"cipher", "AES-256-GCM"},
                                        {"name", header.name},
                                        {"sha256", header.digest.hex()},
                                        {"bytes", header.plain_bytes},
                                        {"segment_bytes", header.segment_bytes},
                                        {"nonce", to_hex(header.nonce_prefix)},
                                        {"keys", std::move(keys)}};
  const std::string text = json::print(tree);
  std::string out(kMark);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(text.size() >> shift & 0xFF));
  return out + text;
}

Result<SealedHeader> parse_header(ByteView start, size_t& size) {
  if (start.size() < kFixedBytes || as_text(start.first(kMark.size())) != kMark)
    return fail(ErrorKind::invalid, "this is no sealed file");
  size_t length = 0;
  for (const std::byte byte : start.subspan(kMark.size(), 4))
    length = length << 8 | static_cast<size_t>(byte);
  if (length > kMaxHeader) return wrong("it is larger than 256 KiB");
  if (start.size() - kFixedBytes < length)
    return fail(ErrorKind::corrupt, "the sealed file ends inside its header: it was cut short");
  size = kFixedBytes + length;
  return parse_json(as_text(start.subspan(kFixedBytes, length)));
}

Result<SealedHeader> read_header(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::not_found, cat(file.string(), ": no such file"));
  std::string start(kFixedBytes + kMaxHeader, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(in.gcount()));
  size_t size = 0;
  auto header = parse_header(as_bytes(start), size);
  if (!header) return forward(header, file.string());
  return header;
}

}  // namespace oree::sealing
