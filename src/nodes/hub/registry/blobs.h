// Files by their SHA-256, in a folder: DATA/blobs/ab/HEX. Written whole or not at all; thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.h"
#include "platform/crypto/crypto.h"

namespace oree::hub {

// A file's bytes where the system keeps them, for as long as this lives.
struct Mapped {
  ByteView bytes;
  std::shared_ptr<const void> keep;
};

class Blobs {
 public:
  explicit Blobs(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Status prepare();
  // Durable when it returns; `corrupt` when the bytes have another digest. What is there already stays.
  Status store(const crypto::Digest& digest, ByteView bytes);
  // Takes a synced file of the same file system, whose digest the caller has checked.
  Status adopt(const crypto::Digest& digest, const std::filesystem::path& file);
  std::optional<uint64_t> size(const crypto::Digest& digest) const;
  Result<Mapped> load(const crypto::Digest& digest) const;  // `not_found`
  std::filesystem::path path(const crypto::Digest& digest) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace oree::hub
