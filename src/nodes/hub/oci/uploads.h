// Blobs on their way in, in as many pieces as a client likes: DATA/uploads/ID grows until its digest is
// named. Thread-safe. What was never finished is gone when the hub starts anew; a client that goes away
// without a word leaves its upload here, so when there are too many, the one that was left alone longest
// makes way.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/oci/content_digest.h"
#include "nodes/hub/registry/blobs.h"
#include "platform/files/files.h"

namespace oree::hub {

class Uploads {
 public:
  static constexpr size_t kMost = 256;                       // under way at once
  static constexpr uint64_t kMostBytes = uint64_t{8} << 30;  // of one blob
  static constexpr std::chrono::hours kLongest{24};          // without a piece
  static constexpr std::chrono::minutes kLeftAlone{1};       // without a piece, while others want the place

  Uploads(std::filesystem::path folder, Blobs& blobs, files::Disk& disk, const Clock& clock)
      : folder_(std::move(folder)), blobs_(blobs), disk_(disk), clock_(clock) {}
  Status prepare();

  Result<std::string> begin();  // its id; `busy` when too many are under way
  // How many bytes there are. `not_found` when there is no such upload.
  Result<uint64_t> size(const std::string& id);
  // `conflict` when the piece does not begin where the last one ended.
  Result<uint64_t> append(const std::string& id, std::optional<uint64_t> first, ByteView bytes);
  // The blob's SHA-256. `corrupt` when the bytes have another digest; the upload is gone in any case.
  Result<crypto::Digest> finish(const std::string& id, const oci::ContentDigest& digest);
  Status cancel(const std::string& id);

 private:
  struct One {
    std::mutex mutex;                       // one piece at a time
    std::unique_ptr<files::Appender> file;  // opened for the first byte
    crypto::Sha256 sum;
    uint64_t size() const { return file ? file->size() : 0; }
    MonoTime last{};
  };
  Result<std::shared_ptr<One>> find(const std::string& id);
  void drop(std::map<std::string, std::shared_ptr<One>>::iterator one);
  void make_room();
  Status open(const std::string& id, One& one);
  Status check(const std::string& id, const oci::ContentDigest& digest, const crypto::Digest& sha256);

  std::filesystem::path folder_;
  Blobs& blobs_;
  files::Disk& disk_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<One>> all_;
};

}  // namespace oree::hub
