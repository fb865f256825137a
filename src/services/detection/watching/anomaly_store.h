// Anomalies that were found, kept for good: an SQLite table beside the series. Thread-safe.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "platform/sql/database.h"
#include "services/detection/watching/anomaly_tracker.h"

namespace oree::detection {

class AnomalyStore {
 public:
  static Result<std::unique_ptr<AnomalyStore>> open(const std::filesystem::path& file);

  // Durable when it returns; an anomaly of the same id is replaced.
  Status put(const Anomaly& anomaly);
  struct Query {
    std::string machine;               // "" = any
    std::optional<WallTime> from, to;  // overlapping [from, to)
    size_t limit = 50;
  };
  // Newest first.
  Result<std::vector<Anomaly>> list(const Query& query);

 private:
  explicit AnomalyStore(sql::Database database) : database_(std::move(database)) {}
  std::mutex mutex_;
  sql::Database database_;
};

}  // namespace oree::detection
