// The station's side of a fleet: introduces itself, hears what it shall have, brings it about, says how it
// goes.
//
//   auto agent = Agent::open(settings, folder, world);   // what serves is put to work; no network
//   (*agent)->start();                                    // from here on it talks
//
// Two threads: one talks to the hub (one call that waits for news, ended as soon as there is something to
// say), one installs. Serving never waits for either, and neither for a clock: without a hub, with a wrong
// one or with a date of 1970 everything that serves goes on serving. All errors are told in the log once, and
// to the hub when it is there.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "services/deployment/agent/report.h"
#include "services/deployment/agent/settings.h"
#include "services/deployment/installer.h"

namespace oree::deployment {

struct AgentWorld {
  Clock& clock;
  files::Disk& disk;
  Log& log;
  Workplace& workplace;
  std::string station;   // its name
  std::string software;  // "oree 0.9.0"
  std::string boot;      // a word that no other boot of this machine has
  // What was measured since the last time it was asked.
  std::function<std::vector<ModelMeasures>()> measure;
  // What runs beside the station, as the sync says it. Any thread; may be empty.
  std::function<json::Value()> modules;
  Floor* floor = nullptr;  // outlives the agent; null: none
};

// The kernel's word for this boot; "" where it has none.
std::string boot_word();

class Agent {
 public:
  static Result<std::unique_ptr<Agent>> open(FleetSettings settings, files::Path folder, AgentWorld world);
  ~Agent();  // stop()s

  void start();
  void stop();
  void tell();  // what world.modules says is another now. Any thread

  struct Standing {
    std::string hub;
    std::string device;  // "" before it was let in
    bool connected = false;
    std::string trouble;  // why not
    std::vector<UnitReport> units;
  };
  Standing standing() const;

 private:
  struct State;
  explicit Agent(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What /api/v1/station says under `fleet`.
json::Value to_json(const Agent::Standing& standing);

}  // namespace oree::deployment
