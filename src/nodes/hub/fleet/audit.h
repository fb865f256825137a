// Every decision, in a log that nobody can change afterwards unnoticed (core/ledger). Thread-safe; durable
// when it returns.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "core/ledger/log.h"
#include "platform/json/value.h"

namespace oree::hub {

class Audit {
 public:
  static Result<std::unique_ptr<Audit>> open(const std::filesystem::path& folder, const std::string& hub,
                                             const crypto::SigningKey& key, files::Disk& disk,
                                             const Clock& clock, Log& log);
  // A failure is logged: what was decided stands, its entry is missing and the log says so.
  void add(std::string_view what, json::Object facts);
  Result<std::vector<json::Value>> newest(size_t limit) const;  // newest first
  Result<std::string> checkpoint() { return log_->checkpoint(); }
  Result<ByteBuffer> file(std::string_view path) const { return log_->read_file(path); }
  uint64_t size() const { return log_->size(); }
  const ledger::VerifierKey& key() const { return log_->key(); }

 private:
  Audit(std::unique_ptr<ledger::Log> opened, const Clock& clock, Log& log)
      : log_(std::move(opened)), clock_(clock), own_log_(log) {}
  std::unique_ptr<ledger::Log> log_;
  const Clock& clock_;
  Log& own_log_;
};

}  // namespace oree::hub
