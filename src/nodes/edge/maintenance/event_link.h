// Takes the events of orders out of their store and hands them to whoever subscribed. One thread; what was
// taken is remembered with the deliveries, so that an event is neither lost nor invented by a crash.
// Thread-safe.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/log.h"
#include "nodes/edge/settings/maintenance_fields.h"
#include "platform/files/files.h"
#include "platform/json/value.h"
#include "services/orders/order_store.h"

namespace oree::edge {

class EventLink {
 public:
  struct World {
    Clock& clock;
    files::Disk& disk;
    Log& log;
    std::string station;
    std::string public_url;  // where a webhook's owner reaches this station
    std::function<Status(std::string_view topic, std::string_view payload)> publish;
  };
  static Result<std::unique_ptr<EventLink>> open(const MaintenanceFile& file,
                                                 const std::filesystem::path& folder,
                                                 orders::OrderStore& orders, World world);
  ~EventLink();
  void start();
  void stop();
  void wake();                          // there are new ones
  bool confirm(std::string_view code);  // a person opened an Event Grid validation address

  json::Value subscriptions_json();
  Result<json::Value> deliveries_json(const std::string& subscription, const std::string& state,
                                      size_t limit);
  Result<json::Value> dead_json(size_t limit);
  Status retry_dead(const std::string& id);

 private:
  struct State;
  explicit EventLink(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace oree::edge
