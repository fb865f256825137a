// Who this station is to its hub: a key that never leaves it, the name it got, and a counter that says no
// number twice.
//
//   key.pem        Ed25519, made at the first start, for its owner's eyes only
//   hub.json       the answer to enrolment
//   counter        up to which number calls may have been made; a thousand are reserved at a time, ahead of
//   use
//
// Each is written whole or not at all; losing hub.json or the counter costs an enrolment or one answer 409,
// never the identity. Thread-safe but for open().
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "platform/crypto/signing.h"
#include "platform/files/files.h"

namespace oree::deployment {

struct Enrolment {
  std::string device;
  std::string hub;
  std::string hub_key;  // base64
  bool operator==(const Enrolment&) const = default;
};

class Identity {
 public:
  static Result<std::unique_ptr<Identity>> open(files::Path folder, files::Disk& disk);

  const crypto::SigningKey& key() const { return key_; }
  const std::string& instance() const { return instance_; }  // 32 hex digits of this process
  std::string sign(std::string_view text) const;             // base64

  std::optional<Enrolment> enrolment() const;
  Status enrol(const Enrolment& enrolment);  // durable
  Status forget();                           // the hub does not know it any more

  // Larger than every one before, in this process or an earlier one.
  Result<uint64_t> next_counter();
  // The hub has seen this one already.
  Status skip_counter(uint64_t used);

 private:
  Identity(files::Path folder, files::Disk& disk, crypto::SigningKey key)
      : folder_(std::move(folder)), disk_(disk), key_(std::move(key)) {}
  Status load();
  Status reserve(uint64_t up_to);

  files::Path folder_;
  files::Disk& disk_;
  crypto::SigningKey key_;
  std::string instance_;
  mutable std::mutex mutex_;
  std::optional<Enrolment> enrolment_;
  uint64_t counter_ = 0;   // the last one given out
  uint64_t reserved_ = 0;  // on disk
};

}  // namespace oree::deployment
