// After a restart: what machines said last, taken from the series store again and given to the detectors,
// before anything new. Windows and runs of scores live in memory only, and readings are durable before they
// are judged; so what a dead process had stored and not yet judged is judged now. What was judged and told
// before is known as such. Used by the intake's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/readings/reading_topics.h"
#include "core/readings/store.h"
#include "services/detection/watching/anomaly_store.h"
#include "services/detection/watching/learnt_store.h"
#include "services/detection/watching/watch.h"

namespace oree::edge {

class CatchUp {
 public:
  using Watches = std::vector<std::unique_ptr<detection::Watch>>;
  CatchUp(readings::SeriesStore& store, detection::AnomalyStore& anomalies, detection::LearntStore& learnt,
          const Watches& watches)
      : store_(store), anomalies_(anomalies), learnt_(learnt), watches_(watches) {}

  // One call of `each` for each machine, its readings in the order of time: the newest 300 rows, more where a
  // detector has still to learn or an anomaly began before them. Series that detectors wrote are left out.
  Status run(const std::function<void(const std::vector<readings::SensorReading>&)>& each);

  // While `each` is called.
  bool was_judged(const std::string& machine, const std::string& detector, WallTime time) const;
  bool was_told(const detection::Anomaly& anomaly);
  bool is_first(const detection::Anomaly& anomaly) { return offered_.insert(anomaly.id).second; }

 private:
  using Sensors = std::map<readings::SeriesId, std::string>;
  Result<std::map<std::string, Sensors>> machines();
  Result<std::vector<readings::SensorReading>> readings_of(const std::string& machine,
                                                           const Sensors& sensors);
  readings::Micros start(const std::string& machine, WallTime newest);
  microseconds reach(const detection::Watch& watch, const std::string& machine, WallTime newest);
  void note_judged(const detection::Watch& watch, const std::string& machine);

  readings::SeriesStore& store_;
  detection::AnomalyStore& anomalies_;
  detection::LearntStore& learnt_;
  const Watches& watches_;
  std::map<std::pair<std::string, std::string>, WallTime> judged_;  // machine, detector: the newest score
  std::set<std::string> offered_;                                   // anomalies
};

}  // namespace oree::edge
