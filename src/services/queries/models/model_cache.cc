#include "services/queries/models/model_cache.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::queries {
namespace {

constexpr std::string_view kDigest = "sha256:";
constexpr size_t kKept = 16;

}  // namespace

ModelCache::Found ModelCache::by_key(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto known = std::ranges::find(loaded_, key, &decltype(loaded_)::value_type::first);
  if (known == loaded_.end()) {
    return fail(ErrorKind::not_found,
                cat("the model ", key, " is not loaded any more: give its bytes again"));
  }
  loaded_.splice(loaded_.begin(), loaded_, known);
  return known->second;
}

ModelCache::Found ModelCache::by_bytes(ByteView bytes, std::string& key) {
  key = cat(kDigest, crypto::sha256(bytes).hex());
  if (auto known = by_key(key)) return known;
  auto model = source_->load(bytes);
  if (!model) return forward(model);
  auto made = BatchModel::make(std::move(*model));
  if (!made) return made;
  const std::lock_guard lock(mutex_);
  loaded_.emplace_front(key, *made);
  if (loaded_.size() > kKept) loaded_.pop_back();
  return made;
}

ModelCache::Found ModelCache::find(const sql::Value& model) {
  if (source_ == nullptr)
    return fail(ErrorKind::unavailable, "no models can be asked here: no runtime is configured");
  if (const auto* name = std::get_if<std::string>(&model)) {
    if (name->starts_with(kDigest)) return by_key(*name);
    auto found = source_->find(*name);
    if (!found) return forward(found);
    return BatchModel::make(std::move(*found));
  }
  if (const auto* bytes = std::get_if<ByteBuffer>(&model)) {
    std::string key;
    return by_bytes(*bytes, key);
  }
  return fail(ErrorKind::invalid, "a model is the name of one, or the bytes of its file");
}

Result<std::string> ModelCache::key_of(const sql::Value& model) {
  if (const auto* name = std::get_if<std::string>(&model)) return *name;
  const auto* bytes = std::get_if<ByteBuffer>(&model);
  if (bytes == nullptr)
    return fail(ErrorKind::invalid, "a model is the name of one, or the bytes of its file");
  if (source_ == nullptr)
    return fail(ErrorKind::unavailable, "no models can be asked here: no runtime is configured");
  std::string key;
  if (auto found = by_bytes(*bytes, key); !found) return forward(found);
  return key;
}

}  // namespace oree::queries
