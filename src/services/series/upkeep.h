// Looks after a store in the background: closes hours, applies retention, gives freed space back.
//
// One thread; stops when destroyed. Failures are logged, and tried again at the next beat.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "services/series/sqlite_store.h"

namespace oree::series {

class Upkeep {
 public:
  // All borrowed, and must outlive it.
  Upkeep(SqliteStore& store, Retention retention, Clock& clock, Log& log,
         milliseconds every = std::chrono::seconds(30));
  ~Upkeep() { stop(); }
  void stop();
  // One round, on the caller's thread.
  Status once();

 private:
  void run(const std::stop_token& token, milliseconds every);

  SqliteStore& store_;
  Retention retention_;
  Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace oree::series
