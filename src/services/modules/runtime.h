// What keeps modules running: processes of this box, or containers of an engine. One face for both, so that
// what to do (plan.h) never asks how.
//
// Calls may take as long as they say and are made by one thread, but for stop() and logs(), which any may
// call; nothing is kept in memory that the next start of the station would miss: what runs is found again by
// observe(). Every implementation, and the fake, passes testing/conformance.h.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "services/modules/log_query.h"
#include "services/modules/spec.h"

namespace oree::modules {

enum class Phase { created, running, exited };

struct Observed {
  std::string name;
  std::string digest;  // of the spec it was made from
  Phase phase = Phase::created;
  int exit_code = 0;  // once exited; 128 + signal when killed by one
  std::optional<WallTime> started, finished;
  bool unhealthy = false;  // its probe failed as often as it may
  std::string detail;      // for people: "out of memory"
};

enum class ImageState { ready, missing, fetching, failed };
struct ImageReport {
  ImageState state = ImageState::missing;
  std::string what;  // why it failed
};

class Runtime {
 public:
  virtual ~Runtime() = default;
  // All modules of this station that are there, running or not.
  virtual Result<std::vector<Observed>> observe() = 0;
  virtual Result<ImageReport> image(const Spec& spec) = 0;
  virtual Status fetch(const Spec& spec) = 0;  // begins; image() says how it goes
  virtual Status create(const Spec& spec) = 0;
  virtual Status start(const std::string& name) = 0;
  // Returns when it has stopped, at the latest some seconds after `grace`; fine when it does not run.
  virtual Status stop(const std::string& name, milliseconds grace) = 0;
  virtual Status remove(const std::string& name) = 0;  // fine when it is not there
  virtual Result<LogPage> logs(const std::string& name, const LogQuery& query) = 0;
  // Readable when observe() may have news. Valid until the next observe().
  virtual std::vector<int> descriptors() const { return {}; }
};

}  // namespace oree::modules
