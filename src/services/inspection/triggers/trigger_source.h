// What makes a station look at a part without being asked over HTTP: a timer, or a new file in a folder.
//
// A source owns one thread and calls `fire` on it, one part at a time. Destroying it stops the thread after
// the part in hand. A timer that comes too late for a beat skips it and counts it as missed; it never lets
// beats pile up.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "services/inspection/inspector.h"

namespace oree::inspection {

// False when the part could not be stored (disk full, station stopping): the source tries that picture again
// later.
using Fire = std::function<bool(Trigger trigger, Inspector::Pushed pushed)>;

struct TriggerStatus {
  std::string type;
  std::string detail;
  uint64_t fired = 0;
  uint64_t missed = 0;
};

class TriggerSource {
 public:
  virtual ~TriggerSource() = default;
  virtual TriggerStatus status() const = 0;
};

std::unique_ptr<TriggerSource> start_timer(microseconds period, const Clock& clock, Fire fire);

// Watches `folder` for pictures that are complete (closed after writing, or moved in) and gives each to
// `camera`. Pictures already there are taken first, in name order; names taken are remembered until the file
// goes away. `not_found` when the folder does not exist.
Result<std::unique_ptr<TriggerSource>> watch_folder(const std::filesystem::path& folder,
                                                    const std::string& camera, uint64_t max_bytes, Log& log,
                                                    Fire fire);

}  // namespace oree::inspection
