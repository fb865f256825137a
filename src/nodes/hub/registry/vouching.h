// What the hub vouches for, as TUF metadata that stations check: DATA/tuf, with the keys in DATA/keys.
//
// root.key and targets.key may be taken off the hub and kept elsewhere ('oree tuf repo sign' signs there):
// then a package waits, staged, until somebody has signed it. snapshot.key and timestamp.key stay: they only
// say what is current. Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/tuf/repository.h"

namespace oree::hub {

class Vouching {
 public:
  static Result<std::unique_ptr<Vouching>> open(const std::filesystem::path& data, files::Disk& disk,
                                                const Clock& clock);
  // `unavailable` when targets.key is not here: the target is staged, and says so.
  Status add(const std::string& path, std::string_view document, const json::Value& custom);
  Status keep_fresh();  // renews what gets old; cheap when nothing does
  // What lies below /tuf/metadata and /tuf/targets; `not_found`.
  Result<ByteBuffer> metadata(const std::string& name);
  Result<ByteBuffer> target(const std::string& path);
  const ByteBuffer& first_root() const { return first_root_; }  // 1.root.json

 private:
  Vouching(files::Disk& disk, const Clock& clock, std::filesystem::path data)
      : disk_(disk), clock_(clock), data_(std::move(data)) {}
  Status start();
  Status create();
  Status sign(const std::string& role);
  Status renew_old();

  files::Disk& disk_;
  const Clock& clock_;
  const std::filesystem::path data_;
  std::mutex mutex_;
  std::optional<tuf::Repository> repository_;
  std::optional<tuf::OnlineKeys> online_;
  ByteBuffer first_root_;
};

}  // namespace oree::hub
