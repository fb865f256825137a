// Models that statements are asking, by name or by the digest of their bytes.
//
// A name is looked up anew for each run of a text, so that a newer version is seen; bytes stay loaded while
// they are among the newest few. Thread-safe.
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <string>

#include "platform/sql/value.h"
#include "services/queries/models/batch_model.h"
#include "services/queries/models/model_source.h"

namespace oree::queries {

class ModelCache {
 public:
  explicit ModelCache(ModelSource* source) : source_(source) {}  // nullptr: there are no models

  using Found = Result<std::shared_ptr<const BatchModel>>;
  // Text is a name or a key that key_of() gave; a blob is a model file.
  Found find(const sql::Value& model);
  // A short text that stands for the model: its name, or the digest of bytes that are now loaded.
  Result<std::string> key_of(const sql::Value& model);

 private:
  Found by_bytes(ByteView bytes, std::string& key);
  Found by_key(std::string_view key);

  ModelSource* source_;
  std::mutex mutex_;
  std::list<std::pair<std::string, std::shared_ptr<const BatchModel>>> loaded_;  // newest first
};

}  // namespace oree::queries
