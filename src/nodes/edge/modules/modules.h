// The station's modules: a supervisor over processes and containers, and what may be asked about it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "nodes/edge/live/log_tail.h"
#include "nodes/edge/settings/modules_fields.h"
#include "services/modules/supervisor.h"
#include "services/modules/words.h"

namespace oree::edge {

class Modules {
 public:
  // `base`: a manifest that is at work instead of the file's.
  static Result<std::unique_ptr<Modules>> start(const ModulesFile& file, const std::filesystem::path& data,
                                                std::optional<std::filesystem::path> base,
                                                std::string station, Clock& clock, files::Disk& disk,
                                                LogTail& log);
  void stop() { supervisor_->stop(); }

  modules::Supervisor& supervisor() { return *supervisor_; }
  // A module's own log; for what the station does itself, the station's.
  Result<modules::LogPage> logs(const std::string& name, const modules::LogQuery& query);
  std::vector<modules::ListRow> rows() const;  // as `iotedge list` shows them
  json::Value json() const;
  std::vector<modules::CheckResult> checks() const;

 private:
  Modules(ModulesFile file, LogTail& log, WallTime started)
      : file_(std::move(file)), log_(log), started_(started) {}
  const ModulesFile file_;
  LogTail& log_;
  const WallTime started_;
  std::string limits_;  // why there are none; "" = there are
  std::unique_ptr<modules::Supervisor> supervisor_;
};

}  // namespace oree::edge
