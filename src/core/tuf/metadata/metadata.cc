// The envelope, what all four kinds share, and root, timestamp and snapshot. targets.cc reads the fourth.
#include "core/tuf/metadata/metadata.h"

#include <algorithm>
#include <set>

#include "core/tuf/metadata/bodies.h"
#include "core/tuf/metadata/canonical.h"
#include "core/tuf/metadata/fields.h"

namespace oree::tuf {
namespace {

// "1.0.34", or "1.0" as older writers had it: the first number must be 1.
bool is_our_specification(std::string_view text) {
  const auto parts = split(text, '.');
  return (parts.size() == 2 || parts.size() == 3) && parts.front() == "1" &&
         std::ranges::all_of(parts, [](std::string_view part) {
           return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
         });
}

std::optional<WallTime> parse_expiry(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != kForm.size()) return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return std::nullopt;
  }
  return parse_iso(text);
}

Result<Common> read_common(const json::Value& body, std::string_view type) {
  const auto written = text_of(body.find("_type"), "_type");
  if (!written) return forward(written);
  if (*written != type)
    return fail(ErrorKind::invalid,
                cat("'_type' is '", written->substr(0, 40), "' where ", type, " was expected"));
  const auto specification = text_of(body.find("spec_version"), "spec_version");
  if (!specification) return forward(specification);
  if (!is_our_specification(*specification))
    return bad_field("spec_version", "1.x, the major version spoken here");
  const auto version = number_of(body.find("version"), "version", 1);
  if (!version) return forward(version);
  const auto expires = text_of(body.find("expires"), "expires");
  if (!expires) return forward(expires);
  const auto time = parse_expiry(*expires);
  if (!time) return bad_field("expires", "a time like 2030-01-31T12:00:00Z");
  return Common{*version, *time};
}

Result<std::vector<Signature>> read_signatures(const json::Value& envelope) {
  const auto array = array_of(envelope.find("signatures"), "signatures");
  if (!array) return forward(array);
  std::vector<Signature> out;
  std::set<std::string> seen;
  for (const auto& item : **array) {
    auto keyid = text_of(item.find("keyid"), "keyid");
    if (!keyid) return forward(keyid);
    auto sig = text_of(item.find("sig"), "sig");
    if (!sig) return forward(sig);
    if (!seen.insert(*keyid).second)
      return fail(ErrorKind::invalid,
                  cat("key id ", keyid->substr(0, 80), " stands twice among the signatures"));
    out.push_back({std::move(*keyid), std::move(*sig)});
  }
  return out;
}

}  // namespace

Result<Keys> read_keys(const json::Value* value) {
  const auto object = object_of(value, "keys");
  if (!object) return forward(object);
  Keys keys;
  for (const auto& [id, item] : **object) {
    auto type = text_of(item.find("keytype"), "keytype");
    if (!type) return forward(type);
    auto scheme = text_of(item.find("scheme"), "scheme");
    if (!scheme) return forward(scheme);
    const auto keyval = object_of(item.find("keyval"), "keyval");
    if (!keyval) return forward(keyval);
    const json::Value* text = item.find("keyval")->find("public");
    const bool readable = text != nullptr && text->text() != nullptr;
    keys[id] = Key{std::move(*type), std::move(*scheme), readable ? *text->text() : ""};
  }
  return keys;
}

Result<RoleKeys> read_role_keys(const json::Value& value) {
  auto keyids = texts_of(value.find("keyids"), "keyids");
  if (!keyids) return forward(keyids);
  const auto threshold = number_of(value.find("threshold"), "threshold", 1);
  if (!threshold) return forward(threshold);
  if (std::set<std::string>(keyids->begin(), keyids->end()).size() != keyids->size())
    return bad_field("keyids", "different from one another");
  return RoleKeys{std::move(*keyids), *threshold};
}

Result<Hashes> read_hashes(const json::Value* value) {
  const auto object = object_of(value, "hashes");
  if (!object) return forward(object);
  if ((*object)->empty()) return bad_field("hashes", "an object with at least one hash");
  Hashes out;
  for (const auto& [algorithm, item] : **object) {
    auto hash = text_of(&item, "hashes");
    if (!hash) return forward(hash);
    out.emplace_back(algorithm, std::move(*hash));
  }
  return out;
}

namespace {

Result<MetaFile> read_metafile(const json::Value& value) {
  MetaFile file;
  const auto version = number_of(value.find("version"), "version", 1);
  if (!version) return forward(version);
  file.version = *version;
  if (const auto* length = value.find("length")) {
    const auto number = number_of(length, "length", 0);
    if (!number) return forward(number);
    file.length = static_cast<uint64_t>(*number);
  }
  if (const auto* hashes = value.find("hashes")) {
    auto read = read_hashes(hashes);
    if (!read) return forward(read);
    file.hashes = std::move(*read);
  }
  return file;
}

bool is_top_level(std::string_view role) {
  return role == "root" || role == "timestamp" || role == "snapshot" || role == "targets";
}

}  // namespace

Status read_meta(const json::Value& value, MetaFiles& out) {
  const auto object = object_of(&value, "meta");
  if (!object) return forward(object);
  for (const auto& [name, item] : **object) {
    auto file = read_metafile(item);
    if (!file) return forward(file, name.substr(0, 120));
    out[name] = std::move(*file);
  }
  return {};
}

Status read_body(const json::Value& value, Root& root) {
  if (const auto* consistent = value.find("consistent_snapshot")) {
    if (consistent->boolean() == nullptr) return bad_field("consistent_snapshot", "true or false");
    root.consistent_snapshot = *consistent->boolean();
  }
  auto keys = read_keys(value.find("keys"));
  if (!keys) return forward(keys);
  root.keys = std::move(*keys);
  const auto roles = object_of(value.find("roles"), "roles");
  if (!roles) return forward(roles);
  for (const auto& [name, item] : **roles) {
    if (!is_top_level(name) && name != "mirrors")
      return fail(ErrorKind::invalid, cat("'", name.substr(0, 80), "' is no top-level role"));
    auto role = read_role_keys(item);
    if (!role) return forward(role, name);
    if (name != "mirrors") root.roles[name] = std::move(*role);
  }
  if (root.roles.size() != 4) return bad_field("roles", "root, timestamp, snapshot and targets, all four");
  return {};
}

Status read_body(const json::Value& value, Timestamp& timestamp) {
  const auto* meta = value.find("meta");
  if (meta == nullptr || meta->find("snapshot.json") == nullptr)
    return bad_field("meta", "an object with 'snapshot.json'");
  auto file = read_metafile(*meta->find("snapshot.json"));
  if (!file) return forward(file, "snapshot.json");
  timestamp.snapshot = std::move(*file);
  return {};
}

Status read_body(const json::Value& value, Snapshot& snapshot) {
  const auto* meta = value.find("meta");
  return meta == nullptr ? bad_field("meta", "an object") : read_meta(*meta, snapshot.meta);
}

template <class T>
Result<Envelope<T>> parse_metadata(ByteView bytes) {
  const auto envelope = json::parse(as_text(bytes));
  if (!envelope) return forward(envelope);
  const json::Value* body = envelope->find("signed");
  if (const auto object = object_of(body, "signed"); !object) return forward(object);
  // First, so that nothing is read from an object that says a thing twice.
  auto canonical = canonical_json(*body);
  if (!canonical) return forward(canonical);
  Envelope<T> out;
  auto common = read_common(*body, T::kType);
  if (!common) return forward(common);
  out.body.common = *common;
  auto signatures = read_signatures(*envelope);
  if (!signatures) return forward(signatures);
  if (auto read = read_body(*body, out.body); !read) return forward(read);
  out.signatures = std::move(*signatures);
  out.signed_bytes = std::move(*canonical);
  return out;
}

template Result<Envelope<Root>> parse_metadata(ByteView);
template Result<Envelope<Timestamp>> parse_metadata(ByteView);
template Result<Envelope<Snapshot>> parse_metadata(ByteView);
template Result<Envelope<Targets>> parse_metadata(ByteView);

std::string expiry_text(WallTime time) {
  std::string text = iso_text(std::chrono::floor<std::chrono::seconds>(time));
  return text.substr(0, text.find('.')) + "Z";
}

}  // namespace oree::tuf
