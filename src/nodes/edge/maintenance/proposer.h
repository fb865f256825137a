// What was seen becomes an order: evidence sealed first, then the order placed. One thread; sightings wait in
// a bounded queue, and when it is full the newest is dropped and counted: an anomaly that goes on is seen
// again in seconds.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>

#include "base/log.h"
#include "nodes/edge/maintenance/evidence/ko_evidence.h"
#include "nodes/edge/maintenance/evidence/sighting.h"
#include "services/orders/evidence.h"
#include "services/orders/order_store.h"
#include "services/orders/plan.h"

namespace oree::edge {

class Proposer {
 public:
  struct World {
    Clock& clock;
    Log& log;
    orders::OrderStore& orders;
    orders::EvidenceStore& evidence;
    ItemSource source;
  };
  // Runs of refused parts are the station's own: `station` is the asset when a rule names none.
  Proposer(std::vector<orders::OrderRule> rules, const std::string& station, World world);
  ~Proposer() { stop(); }
  void stop();

  // Any thread; copies and returns.
  void note(AnomalySighting seen);
  void note(const KoRun::Part& part);
  // A person proposes: {"asset","fault","sentence","priority","by"}. `conflict` when one is open or rests.
  Result<orders::Order> propose(const json::Value& body);
  uint64_t dropped() const;

 private:
  struct Run {
    const orders::OrderRule* rule;
    KoRun counter;
  };
  struct KoFound {
    const orders::OrderRule* rule;
    KoSighting seen;
  };
  using Found = std::variant<AnomalySighting, KoFound>;
  void push(Found found);
  void work(const std::stop_token& stop);
  void take(const AnomalySighting& seen);
  void take(const KoFound& found);
  // `gather` is asked only when an order is made of it.
  Result<orders::OrderStore::Placing> place(const orders::OrderRule& rule, const std::string& key,
                                            const std::string& asset, json::Value cause,
                                            const std::function<Result<DataSet>()>& gather);

  const std::vector<orders::OrderRule> rules_;
  World world_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Found> queue_;
  std::vector<Run> runs_;
  uint64_t dropped_ = 0;
  std::jthread thread_;
};

}  // namespace oree::edge
