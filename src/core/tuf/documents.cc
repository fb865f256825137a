#include "core/tuf/documents.h"

#include <algorithm>
#include <set>

#include "core/tuf/metadata/canonical.h"
#include "platform/crypto/crypto.h"

namespace oree::tuf {
namespace {

void collect_keyids(const json::Value& role, std::set<std::string>& out) {
  const auto* keyids = role.find("keyids");
  if (keyids == nullptr || keyids->array() == nullptr) return;
  for (const auto& id : *keyids->array()) {
    if (id.text() != nullptr) out.insert(*id.text());
  }
}

}  // namespace

json::Value new_body(std::string_view type) {
  return json::Object{{"_type", std::string(type)}, {"spec_version", std::string(kSpecification)}};
}

json::Value role_json(const Signers& signers, json::Value& keys) {
  json::Array ids;
  for (const auto& key : signers.keys) {
    keys.set(key_id(key), key_json(key));
    ids.emplace_back(key_id(key));
  }
  return json::Object{{"keyids", std::move(ids)}, {"threshold", signers.threshold}};
}

json::Value root_body(const NewRepository& plan) {
  json::Value keys = json::Object{};
  json::Object roles{{"root", role_json(plan.root, keys)},
                     {"snapshot", role_json(plan.snapshot, keys)},
                     {"targets", role_json(plan.targets, keys)},
                     {"timestamp", role_json(plan.timestamp, keys)}};
  json::Value body = new_body(Root::kType);
  body.set("consistent_snapshot", true);
  body.set("keys", std::move(keys));
  body.set("roles", std::move(roles));
  return body;
}

json::Value targets_body() {
  json::Value body = new_body(Targets::kType);
  body.set("targets", json::Object{});
  return body;
}

json::Value target_json(const TargetFile& file) {
  json::Object hashes;
  for (const auto& [algorithm, hash] : file.hashes) hashes.emplace_back(algorithm, hash);
  json::Object out{{"hashes", std::move(hashes)}, {"length", file.length}};
  if (!file.custom.is_null()) out.emplace_back("custom", file.custom);
  return out;
}

json::Value metafile_json(int64_t version, ByteView bytes) {
  return json::Object{{"hashes", json::Object{{"sha256", crypto::sha256(bytes).hex()}}},
                      {"length", bytes.size()},
                      {"version", version}};
}

void drop_unused_keys(json::Value& keys, const json::Value& roles) {
  std::set<std::string> used;
  if (const auto* object = roles.object()) {
    for (const auto& [name, role] : *object) collect_keyids(role, used);
  } else if (const auto* array = roles.array()) {
    for (const auto& role : *array) collect_keyids(role, used);
  }
  if (auto* object = keys.object())
    std::erase_if(*object, [&](const auto& key) { return !used.contains(key.first); });
}

Status add_signature(json::Value& envelope, const crypto::SigningKey& key) {
  const auto canonical = canonical_json(*envelope.find("signed"));
  if (!canonical) return forward(canonical);
  const std::string id = key_id(key.public_key());
  json::Array kept;
  if (const auto* old = envelope.find("signatures"); old != nullptr && old->array() != nullptr)
    kept = *old->array();
  std::erase_if(kept, [&](const json::Value& one) {
    const auto* keyid = one.find("keyid");
    return keyid != nullptr && keyid->text() != nullptr && *keyid->text() == id;
  });
  kept.emplace_back(json::Object{{"keyid", id}, {"sig", to_hex(key.sign(as_bytes(*canonical)))}});
  envelope.set("signatures", std::move(kept));
  return {};
}

ByteBuffer document_bytes(const json::Value& envelope) {
  const std::string text = json::print(envelope, 1);
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace oree::tuf
