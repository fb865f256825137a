// The third life of a station: what went wrong becomes an order; authorities approve it; a ledger proves it;
// events and the ERP hear of it; technicians see it.
//
// start() opens the stores and takes up what was under way; note_…() only copies and returns, so it may be
// called from threads that must not wait. Every thread is owned here. One per station.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/monitoring/metrics.h"
#include "nodes/edge/live/feed.h"
#include "nodes/edge/maintenance/evidence/ko_evidence.h"
#include "nodes/edge/settings/maintenance_fields.h"
#include "platform/files/files.h"
#include "services/inspection/items/item.h"
#include "services/orders/evidence.h"
#include "services/orders/order_store.h"

namespace oree::edge {

class Maintenance {
 public:
  struct World {
    Clock& clock;
    files::Disk& disk;
    Log& log;
    Feed& feed;
    monitoring::Registry& metrics;
    ItemSource items;
    // A message on the station's own broker; empty without one.
    std::function<Status(std::string_view topic, std::string_view payload)> publish;
  };
  static Result<std::unique_ptr<Maintenance>> start(const MaintenanceFile& file,
                                                    const std::filesystem::path& data, std::string station,
                                                    World world);
  ~Maintenance();
  void stop();
  // Once the station answers at `url`: from here on authorities are asked.
  void open_doors(const std::string& url);

  void note(AnomalySighting seen);
  void note(const inspection::Item& item);
  // A person proposes: {"asset","fault","sentence","priority","by"}. `conflict` while one rests.
  Result<orders::Order> propose(const json::Value& body);

  orders::OrderStore& orders();
  orders::EvidenceStore& evidence();
  json::Value authorities_json();
  json::Value ledger_json();
  Result<json::Value> ledger_entries_json(uint64_t from, size_t limit);
  Result<std::string> ledger_file(const std::string& path);  // "checkpoint", "tile/0/000"
  Result<std::string> proof(const std::string& order);       // the file to download
  json::Value subscriptions_json();
  Result<json::Value> deliveries_json(const std::string& subscription, const std::string& state,
                                      size_t limit);
  Result<json::Value> dead_json(size_t limit);
  Status retry_dead(const std::string& id);
  Status retry_erp(const std::string& order);  // what the ERP refused
  // A person opened the validation address that an Event Grid subscription was sent. False: no such code.
  bool confirm_subscription(std::string_view code);

 private:
  struct State;
  explicit Maintenance(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace oree::edge
