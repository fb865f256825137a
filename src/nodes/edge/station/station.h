// The station: every room of its one life, tied together, from a settings file and a data folder.
//
// start() opens the store, loads the models, activates the configuration, starts the triggers and the server.
// The destructor (or stop()) goes the other way: triggers first, then the server, then the store. One per
// process.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "core/inference/model.h"
#include "nodes/edge/live/log_tail.h"
#include "nodes/edge/settings/station_file.h"
#include "platform/files/files.h"
#include "services/inspection/inspector.h"

namespace oree::edge {

struct StationWorld {
  Clock& clock;
  files::Disk& disk;
  LogTail& log;
  inference::Backend& backend;
};

class Station {
 public:
  static Result<std::unique_ptr<Station>> start(StationFile file, const std::filesystem::path& data,
                                                StationWorld world);
  ~Station();

  // "http://127.0.0.1:8000"
  std::string url() const;
  // "mqtt://127.0.0.1:1883" for each listener; none without telemetry.
  std::vector<std::string> mqtt_addresses() const;
  // Inspects one part as a trigger would; for commands that have no server in between.
  Result<inspection::Item> inspect(inspection::Trigger trigger, inspection::Inspector::Pushed pushed);
  // Whether the server's loop and one of its workers do something within this time: a watchdog's question.
  bool answers(milliseconds within);
  void stop();

 private:
  struct State;
  explicit Station(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace oree::edge
