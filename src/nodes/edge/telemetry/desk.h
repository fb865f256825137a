// The SQL desk of a station: questions, streaming jobs over its messages, statements that run by the clock.
//
// One thread delivers messages to the jobs, in the order of the broker's stream and from where the jobs say,
// and gives the clock its turn each second. ask() is thread-safe and runs beside it.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/inference/model.h"
#include "nodes/edge/telemetry/router.h"
#include "nodes/edge/telemetry/station_models.h"
#include "services/broker/broker.h"
#include "services/jobs/automation.h"
#include "services/queries/queries.h"

namespace oree::edge {

class Desk {
 public:
  struct World {
    broker::Broker& broker;
    readings::SeriesStore& series;
    inference::Backend& backend;
    Clock& clock;
    Log& log;
  };
  struct Setting {
    std::filesystem::path models;         // where PREDICT(MODEL = 'name') looks
    std::vector<std::string> statements;  // run at each start, so they should say IF NOT EXISTS; see start()
  };
  // A statement of the settings that fails because what it makes is there already is no mistake.
  static Result<std::unique_ptr<Desk>> start(const Setting& setting, const std::filesystem::path& file,
                                             World world);
  ~Desk();
  void wake();  // there may be new messages; any thread
  void stop();

  Result<tsql::ResultSet> ask(std::string_view text, queries::Role role, const queries::Limits& limits);
  json::Value jobs_json();
  // Messages of a route as rows (id, topic, time, body) of a table, which is made when it is not there; a row
  // whose id is there already is left as it is. Durable when it returns; any thread.
  Status keep_rows(const std::string& table, std::span<const RoutedRow> rows);

 private:
  class Out;
  Desk(const Setting& setting, World world);
  void run();
  void read_batch();
  Result<bool> deliver_batch();

  World world_;
  StationModels models_;
  std::unique_ptr<Out> out_;
  std::unique_ptr<jobs::Automation> automation_;
  std::unique_ptr<queries::Queries> queries_;
  std::unique_ptr<stream::Reader> reader_;
  std::vector<mqtt::Message> batch_;  // read, and not yet delivered
  std::vector<uint64_t> positions_;   // of its messages
  std::mutex mutex_;
  std::condition_variable awake_;
  bool woken_ = false;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace oree::edge
