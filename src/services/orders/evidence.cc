#include "services/orders/evidence.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::orders {
namespace {

constexpr uint64_t kMostBytes = 256 << 20;  // of one part
constexpr uint64_t kNotForPhotos = 200'000'000;

json::Value sorted(const json::Value& value) {
  if (const auto* list = value.array()) {
    json::Array out;
    for (const auto& one : *list) out.push_back(sorted(one));
    return out;
  }
  if (const auto* object = value.object()) {
    json::Object out;
    for (const auto& [key, member] : *object) out.emplace_back(key, sorted(member));
    std::ranges::stable_sort(out, {}, &json::Member::first);
    return out;
  }
  return value;
}

}  // namespace

std::string canonical(const json::Value& value) {
  return json::print(sorted(value));
}

Result<files::Path> EvidenceStore::path(std::string_view digest) const {
  if (!crypto::parse_digest(digest))
    return fail(ErrorKind::invalid, cat("'", digest.substr(0, 80), "' is no SHA-256 digest in hex"));
  return folder_ / digest.substr(0, 2) / digest;
}

bool EvidenceStore::has(std::string_view digest) const {
  return load(digest).has_value();
}

Result<ByteBuffer> EvidenceStore::load(std::string_view digest) const {
  const auto where = path(digest);
  if (!where) return forward(where);
  auto bytes = disk_.read(*where, kMostBytes);
  if (!bytes) return bytes;
  if (crypto::sha256(*bytes).hex() != digest) {
    return fail(ErrorKind::corrupt, cat(where->string(), " is not what was sealed: its digest is ",
                                        crypto::sha256(*bytes).hex()));
  }
  return bytes;
}

Result<std::string> EvidenceStore::keep(ByteView bytes) {
  const std::string digest = crypto::sha256(bytes).hex();
  if (has(digest)) return digest;
  const auto where = path(digest);
  if (!where) return forward(where);
  if (auto made = disk_.make_folder(where->parent_path()); !made) return forward(made);
  if (auto written = disk_.write(*where, bytes); !written) return forward(written);
  return digest;
}

Result<std::string> EvidenceStore::keep_photo(ByteView bytes) {
  if (auto made = disk_.make_folder(folder_); !made) return forward(made);
  const auto free = disk_.free_bytes(folder_);
  if (!free) return forward(free);
  if (*free < kNotForPhotos + bytes.size())
    return fail(
        ErrorKind::full,
        cat("only ", size_text(*free), " are free below ", folder_.string(),
            ", which are kept for orders: make room on the station's disk, then send the photo again"));
  return keep(bytes);
}

Result<Evidence> EvidenceStore::seal(json::Object facts, std::span<const PartBytes> parts) {
  Evidence evidence;
  json::Array listed;
  for (const PartBytes& part : parts) {
    auto digest = keep(part.bytes);
    if (!digest) return forward(digest, cat("sealing '", part.name, "'"));
    evidence.parts.push_back({part.name, part.type, part.bytes.size(), *digest});
    listed.emplace_back(json::Object{
        {"name", part.name}, {"type", part.type}, {"bytes", part.bytes.size()}, {"digest", *digest}});
  }
  json::Object manifest = std::move(facts);
  manifest.emplace_back("format", "oree/evidence/v1");
  manifest.emplace_back("parts", std::move(listed));
  auto digest = keep(as_bytes(canonical(manifest)));
  if (!digest) return forward(digest, "sealing the manifest");
  evidence.digest = std::move(*digest);
  return evidence;
}

}  // namespace oree::orders
