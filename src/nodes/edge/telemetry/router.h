// Reads the messages that the broker made durable, and sends each where the routes say: into durable queues
// first, from there to topics, modules and upstream. A message leaves the broker's store only when every
// queue that wants it has it on disk.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "nodes/edge/settings/telemetry_ways.h"
#include "platform/files/files.h"
#include "platform/json/value.h"
#include "services/broker/broker.h"
#include "services/routes/pump.h"

namespace oree::edge {

struct RoutedRow {
  std::string id, topic;
  WallTime time;
  std::string body;
};

class Router {
 public:
  struct World {
    broker::Broker& broker;
    Clock& clock;
    files::Disk& disk;
    Log& log;
    std::string station;  // the beginning of every message's id
    // Rows for a table of the SQL desk; one that is there already, by its id, is left as it is.
    std::function<Status(const std::string& table, std::span<const RoutedRow> rows)> keep_rows;
  };
  static Result<std::unique_ptr<Router>> start(const WaysSetting& ways, const files::Path& folder,
                                               World world);
  ~Router();
  void wake();  // there may be something new; any thread
  void stop();

  json::Array routes_json() const;
  json::Array queues_json() const;
  routes::ForwarderStats stats() const { return forwarder_->stats(); }

 private:
  Router(const WaysSetting& ways, World world) : ways_(ways), world_(std::move(world)), time_(world_.clock) {}
  std::unique_ptr<routes::Endpoint> endpoint_for(const routes::Sink& sink);
  std::unique_ptr<routes::Endpoint> into_the_broker();
  std::unique_ptr<routes::Endpoint> into_a_table();
  void run();
  Result<bool> take_batch();

  const WaysSetting ways_;
  World world_;
  const routes::SteadyWall time_;
  std::unique_ptr<routes::Forwarder> forwarder_;
  std::unique_ptr<routes::Pump> pump_;
  std::unique_ptr<stream::Reader> reader_;
  std::mutex mutex_;
  std::condition_variable awake_;
  bool woken_ = false;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace oree::edge
