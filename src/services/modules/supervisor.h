// Keeps what runs as a manifest says: reads it, watches it for changes, asks plan.h what to do, does it, and
// remembers. One thread of its own; all calls are thread-safe.
//
// A manifest that cannot be read leaves everything as it was, and says so with the agent's code (400, 412);
// its last good text is kept beside the modules, so that a station starts even when the file has become
// wrong meanwhile. stop() stops all modules, those that started first last. A station that is killed stops
// nothing: the next start finds what runs.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "base/log.h"
#include "platform/files/files.h"
#include "services/modules/plan.h"

namespace oree::modules {

struct SupervisorSettings {
  std::filesystem::path folder;               // history and the last good manifest
  std::filesystem::path manifest;             // "": none of its own
  std::optional<std::filesystem::path> base;  // at work instead of it from the start, as use() says later
  std::vector<std::filesystem::path> layers;
  SpecSettings specs;
  std::chrono::milliseconds look{2'000};  // at files and engines, when nothing happens
};

// How the agent of IoT Edge reports it: 200, 400 bad format, 412 schema, 500 a module that cannot run.
struct Deployment {
  int code = 200;
  std::string description;     // of what is wrong, a line for each
  WallTime since;              // the manifest at work was taken up
  std::filesystem::path base;  // its file
};

struct ModuleReport {
  Spec spec;
  ModuleStatus status = ModuleStatus::unknown;  // as the restart policy sees it
  std::optional<Observed> observed;             // none: it is not there
  History history;
  std::string error;  // why it cannot run
};

class Supervisor {
 public:
  struct World {
    Clock& clock;
    files::Disk& disk;
    Log& log;
    std::unique_ptr<Runtime> processes;
    std::unique_ptr<Runtime> containers;  // null without an engine
    // Says what is wrong with a manifest that reads well: its routes. May be empty.
    std::function<Status(const manifest::Manifest&)> check;
  };
  // An error when neither the manifest nor its last good text can be read.
  static Result<std::unique_ptr<Supervisor>> start(SupervisorSettings settings, World world);
  ~Supervisor();
  void stop();

  std::vector<ModuleReport> modules() const;  // sorted by name
  Deployment deployment() const;
  manifest::Manifest manifest() const;  // the one at work
  // What is wrong with this manifest here: its routes, and modules that this box has no way to run.
  Status check(const manifest::Manifest& manifest) const;
  // Another base than the settings' from now on; nullopt: theirs again. Layers stay. Taken up soon;
  // deployment() says when. Any thread.
  void use(std::optional<std::filesystem::path> base);
  Status restart(const std::string& name);
  Result<LogPage> logs(const std::string& name, const LogQuery& query);

 private:
  struct State;
  explicit Supervisor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace oree::modules
