// What to do next, as a pure function: what is wanted, what is there, what happened before, what time it is.
//
// Restart policies as the agent of IoT Edge keeps them (RestartPolicyManager): a module that is not running
// is started again when its policy is `always`, or when it failed or is unhealthy and its policy is not
// `never`; after min(10 s · 2^restarts, 5 min) since it ended; at 20 restarts it has failed and stays so
// until another manifest comes or somebody restarts it. Ten minutes of running clear the count. Ours besides:
// a module whose probe fails is stopped and counts as failed; a new version's image is fetched before the old
// one is stopped. Order: lower startup order first, nobody waits for anybody's readiness.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "services/modules/runtime.h"

namespace oree::modules {

struct Policy {
  std::chrono::seconds cool_off_unit{10};
  std::chrono::seconds longest_cool_off{300};
  int max_restarts = 20;
  std::chrono::minutes intensive_care{10};
};

// What is remembered of a module, also across restarts of the station.
struct History {
  int restarts = 0;
  bool condemned = false;    // stopped because it was unhealthy
  bool wanted_stop = false;  // stopped by us, because the manifest says so
  bool forced = false;       // somebody asked for a restart
  int failed_starts = 0;     // it could not even be made or started
  WallTime last_failed_start{};
  std::string error;  // of that
  bool operator==(const History&) const = default;
};

// As the agent reports it.
enum class ModuleStatus { unknown, backoff, running, unhealthy, stopped, failed };
std::string_view status_name(ModuleStatus status);

enum class Act { fetch, create, start, stop, remove };
std::string_view act_name(Act act);

struct Step {
  Act act = Act::start;
  std::string module;
  bool is_restart = false;  // counts
  bool operator==(const Step&) const = default;
};

struct Snapshot {
  std::vector<Spec> wanted;  // processes and containers only
  std::vector<Observed> observed;
  std::map<std::string, History> history;
  std::map<std::string, ImageReport> images;  // by module
  WallTime now;
};

struct Outlook {
  std::vector<Step> steps;  // in this order
  std::map<std::string, ModuleStatus> statuses;
  std::map<std::string, History> history;  // what it has become
  std::optional<WallTime> next;            // when to look again, if nothing happens before
};

Outlook plan(const Snapshot& snapshot, const Policy& policy);

std::chrono::seconds cool_off(int restarts, const Policy& policy);

}  // namespace oree::modules
