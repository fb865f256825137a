// One authority: takes proposals over HTTP, verifies their evidence, decides by its rules or asks a person,
// signs, and witnesses the stations' logs.
//
// start() opens the data folder (authority.db, authority.key, witness.key, witness/), takes up what was under
// way and serves. stop(), or the destructor, goes the other way; it may wait for a fetch's deadline.
// Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "core/ledger/note.h"
#include "nodes/authority/settings.h"
#include "nodes/authority/store.h"
#include "platform/crypto/signing.h"
#include "platform/files/files.h"

namespace oree::authority {

struct World {
  const Clock& clock;
  files::Disk& disk;
  Log& log;
  // Told of every approval until it says that it knows, by one thread; may block. Empty: the chain of the
  // settings, or nobody.
  std::function<Status(const ApprovedOrder&)> on_approved = {};
};

class Authority {
 public:
  static Result<std::unique_ptr<Authority>> start(Settings settings, const std::filesystem::path& data,
                                                  World world);
  ~Authority();
  void stop();

  std::string url() const;                         // "http://127.0.0.1:8101"
  const crypto::PublicKey& key() const;            // of its decisions
  const ledger::VerifierKey& witness_key() const;  // of its cosignatures

 private:
  struct State;
  explicit Authority(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace oree::authority
