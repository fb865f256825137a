// Metadata as JSON documents, for whoever writes them. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "core/tuf/repository.h"
#include "platform/json/value.h"

namespace oree::tuf {

inline constexpr std::string_view kSpecification = "1.0.34";
inline constexpr uint64_t kMaxDocument = 16 << 20;

json::Value new_body(std::string_view type);  // version and expiry come when it is staged
json::Value root_body(const NewRepository& plan);
json::Value targets_body();
json::Value target_json(const TargetFile& file);
json::Value metafile_json(int64_t version, ByteView bytes);

// keyids and threshold; the keys themselves are added to `keys` (an object by key id).
json::Value role_json(const Signers& signers, json::Value& keys);
// Keys that no role of `roles` (values of an object, or items of an array) names any more go.
void drop_unused_keys(json::Value& keys, const json::Value& roles);

// {"signatures": […], "signed": body}, with one more signature of `key` or the one it had replaced.
Status add_signature(json::Value& envelope, const crypto::SigningKey& key);
ByteBuffer document_bytes(const json::Value& envelope);

}  // namespace oree::tuf
