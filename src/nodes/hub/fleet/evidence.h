// What stations measure, added up: per roll-out and station for its gates, per package for the hub's own
// metrics. Thread-safe. Kept in hub.db a second behind, so that a killed hub loses a report at most.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "nodes/hub/store/shelf.h"
#include "services/rollouts/evidence.h"

namespace oree::hub {

// One model's part of POST …/metrics, or a configuration's.
struct ModelMetrics {
  std::string unit, name, version, package, role;
  rollouts::Evidence evidence;
  double p95_ms = 0, wasserstein = -1;  // -1: not said
};
struct Metrics {
  std::string instance;
  double seconds = 0;
  double cpu_percent = 0, memory_mb = 0, temperature_c = 0;
  std::vector<ModelMetrics> models;
};
Result<Metrics> parse_metrics(std::string_view body);

struct Watched {
  std::string rollout, unit, package;
};
struct EvidencePair {
  rollouts::Evidence candidate, baseline;
};
struct PackageTotals {
  std::string model, version;
  uint64_t requests = 0, errors = 0;
};

class EvidenceBook {
 public:
  explicit EvidenceBook(Shelf& shelf) : shelf_(shelf) {}
  Status load();
  void watch(std::vector<Watched> watched);  // whom reports count for from now on
  void take(const std::string& device, const Metrics& metrics);
  std::map<std::string, EvidencePair> of(const std::string& rollout) const;  // by device
  std::map<std::string, PackageTotals> totals() const;                       // by package
  Status flush();

 private:
  Shelf& shelf_;
  mutable std::mutex mutex_;
  std::vector<Watched> watched_;
  std::map<std::string, std::map<std::string, EvidencePair>> pairs_;  // rollout → device
  std::set<std::pair<std::string, std::string>> dirty_;
  std::map<std::string, PackageTotals> totals_;
};

}  // namespace oree::hub
