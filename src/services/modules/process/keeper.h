// The parent of one module's process: starts it, writes its output down, asks its health probe, and notes how
// it ended. A process of its own (`oree keep-module FOLDER`), so that the station may be killed and started
// again without its modules noticing, and finds out afterwards what happened meanwhile.
//
// In FOLDER: `order.json` is read; `lock` is held while the keeper lives, so that nothing runs twice;
// `state.json` says who runs, `health.json` how it feels, `exit.json` how it ended; `log`, `log.1` … its
// output. SIGTERM stops the module: its stop signal, after the grace SIGKILL for all of its processes. A
// keeper that is killed takes its module along (PR_SET_PDEATHSIG).
#pragma once

#include <filesystem>

#include "services/modules/process/log_file.h"
#include "services/modules/process/process_id.h"
#include "services/modules/spec.h"

namespace oree::modules {

struct KeeperOrder {
  std::string digest;
  std::vector<std::string> command;
  std::vector<std::string> environment;  // "NAME=value"
  std::filesystem::path folder;          // to start in; "" = the module's own
  std::vector<std::filesystem::path> groups;
  int stop_signal = 15;
  milliseconds grace{10'000};
  LogLimits log;
  HealthCheck health;
};
json::Value to_json(const KeeperOrder& order);
Result<KeeperOrder> parse_order(const json::Value& value);

struct KeeperState {
  ProcessId keeper, module;
  WallTime started;
};
json::Value to_json(const KeeperState& state);
Result<KeeperState> parse_state(const json::Value& value);

struct ModuleExit {
  WallTime started;  // of the run that ended
  WallTime finished;
  int code = 0;
  std::string detail;
};
json::Value to_json(const ModuleExit& exit);
Result<ModuleExit> parse_exit(const json::Value& value);

// Starts the module and returns in the caller's process: 0 when it runs, else the exit code of what went
// wrong, told on standard error. The keeper goes on in a process of its own.
int keep_module(const std::filesystem::path& folder);

}  // namespace oree::modules
