// What detectors learnt on the spot, kept over restarts: the healthy rows of each detector and machine, in
// the anomalies' SQLite file. Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "platform/sql/database.h"
#include "services/detection/watching/watch.h"

namespace oree::detection {

class LearntStore {
 public:
  static Result<std::unique_ptr<LearntStore>> open(const std::filesystem::path& file);

  // Durable when it returns. `setting` is what the rows hold for: another kind, step or learning time begins
  // anew.
  Status put(const WatchSetting& setting, const std::string& machine, const Learnt& learnt);
  Result<std::optional<Learnt>> find(const WatchSetting& setting, const std::string& machine);

 private:
  explicit LearntStore(sql::Database database) : database_(std::move(database)) {}
  std::mutex mutex_;
  sql::Database database_;
};

// {"columns":[…],"rows":[[…]…]}; a value that did not come is null. Doubles come back to the bit.
json::Value learnt_json(const Learnt& learnt);
Result<Learnt> parse_learnt(const json::Value& value);

}  // namespace oree::detection
