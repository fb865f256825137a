// What runs by itself behind the SQL door: external streams, streaming jobs over messages as they come, and
// statements that run by the clock. Its objects live in the door's own file.
//
//   auto automation = jobs::Automation::create({.store = store, .publisher = &broker}, clock, log);
//   auto door = queries::Queries::open({.file = file, …, .automation = automation.get()}, clock, log);
//   automation->deliver(messages);   // as they come
//   automation->beat();              // every second
//
// Thread-safe: everything waits for the door's lock. Nothing but destruction works before a door has opened.
#pragma once

#include <memory>
#include <span>

#include "base/clock.h"
#include "base/log.h"
#include "core/readings/store.h"
#include "core/tsql/door.h"
#include "services/jobs/message.h"

namespace oree::jobs {

class Automation : public tsql::Automation {
 public:
  struct Options {
    readings::SeriesStore* store = nullptr;  // none: jobs cannot write readings
    Publisher* publisher = nullptr;          // none: jobs cannot write to topics
  };
  // All borrowed, and must outlive it.
  static std::unique_ptr<Automation> create(const Options& options, Clock& clock, Log& log);

  // Messages for the streaming jobs, in the order of their positions in the stream they come from. Everything
  // that the jobs make of them is durable when this returns; what a job has seen already it skips.
  virtual Status deliver(std::span<const Message> messages) = 0;
  // From where messages are needed after a restart: one behind the last that no job needs any more; the
  // largest number when no job is at work.
  virtual Result<uint64_t> needed_position() = 0;

  // Runs the schedules that are due.
  virtual Status beat() = 0;
  // When beat() has something to do next; nullopt when nothing is planned.
  virtual Result<std::optional<WallTime>> next_beat() = 0;
};

}  // namespace oree::jobs
