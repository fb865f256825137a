#include "services/series/upkeep.h"

#include "base/background.h"
#include "base/text.h"

namespace oree::series {

Upkeep::Upkeep(SqliteStore& store, Retention retention, Clock& clock, Log& log, milliseconds every)
    : store_(store),
      retention_(retention),
      clock_(clock),
      log_(log),
      thread_([this, every](const std::stop_token& token) { run(token, every); }) {}

void Upkeep::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

Status Upkeep::once() {
  const auto closed = store_.close_hours(clock_.wall(), Closing::due);
  if (!closed) return forward(closed, "closing hours");
  const auto dropped = store_.apply_retention(clock_.wall(), retention_);
  if (!dropped) return forward(dropped, "retention");
  if (dropped->chunks > 0) {
    log_.info(cat("series: ", dropped->chunks, " chunks have reached their age or made room"));
    return store_.compact();
  }
  return {};
}

void Upkeep::run(const std::stop_token& token, milliseconds every) {
  stay_in_background();
  std::unique_lock lock(mutex_);
  while (!token.stop_requested()) {
    wake_.wait_for(lock, token, every, [] { return false; });
    if (token.stop_requested()) return;
    if (auto done = once(); !done) log_.warning(cat("series: ", done.error().what));
  }
}

}  // namespace oree::series
