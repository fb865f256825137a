// Is this the file that the metadata speaks of? In one piece, or as its bytes come in. Pure; one thread.
//
//   auto check = TargetCheck::start(target);             // `unsupported`: a hash nobody here can compute
//   while (more) if (auto fits = check->update(piece); !fits) …    // `invalid`: longer than declared
//   if (auto same = check->finish(); !same) …            // `corrupt`: too short, or a hash differs
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/tuf/metadata/metadata.h"
#include "platform/crypto/hash.h"

namespace oree::tuf {

class TargetCheck {
 public:
  static Result<TargetCheck> start(const TargetFile& target);
  Status update(ByteView bytes);
  Status finish();  // once
  uint64_t received() const { return received_; }

 private:
  TargetCheck() = default;
  struct One {
    std::string algorithm;
    std::string wanted;
    std::unique_ptr<crypto::Hash> hash;
  };
  std::vector<One> hashes_;
  uint64_t length_ = 0;
  uint64_t received_ = 0;
};

Status verify_target(const TargetFile& target, ByteView bytes);
// Against what timestamp or snapshot say of a metadata file, as far as they say anything. `corrupt`.
Status verify_metafile(const MetaFile& file, ByteView bytes, std::string_view name);

}  // namespace oree::tuf
