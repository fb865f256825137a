// One sealed file read segment by segment, each checked before it is given. Private to this room.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>

#include "core/sealing/sealed_file.h"

namespace oree::sealing {

// How many there are: one at least, so that an empty file has a tag too.
uint64_t segment_count(const SealedHeader& header);
crypto::GcmNonce nonce_of(const SealedHeader& header, uint64_t index);
// What each segment is bound to: digest, sizes, its place, the format's version.
ByteBuffer associated_of(const SealedHeader& header, uint64_t index);

class SegmentReader {
 public:
  // `denied` when `key` is none of those it was sealed for; `corrupt` when its size is not what it says.
  static Result<SegmentReader> open(const std::filesystem::path& file, KeySource& key);

  const SealedHeader& header() const { return header_; }
  const crypto::SecretKey& data_key() const { return data_key_; }
  size_t header_size() const { return header_size_; }
  // The next one; valid until the next call. Empty after the last.
  Result<ByteView> next();
  Status check_digest();  // after the last

 private:
  SegmentReader(std::filesystem::path file, SealedHeader header, size_t header_size, crypto::SecretKey key);
  Result<ByteView> sealed_segment(uint64_t index);
  size_t plain_size(uint64_t index) const;
  std::unexpected<Error> why_not(uint64_t index, ByteView sealed);

  std::filesystem::path file_;
  SealedHeader header_;
  size_t header_size_;
  crypto::SecretKey data_key_;
  std::unique_ptr<crypto::AesGcm> cipher_;
  std::unique_ptr<std::ifstream> in_;
  uint64_t next_ = 0;
  ByteBuffer sealed_, plain_;
  std::unique_ptr<crypto::Sha256> digest_ = std::make_unique<crypto::Sha256>();
};

}  // namespace oree::sealing
