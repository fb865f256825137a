// Events and how far each subscriber has come with them, in one SQLite file.
//
// Events are kept once, in order. A subscriber has a position, behind which everything was delivered, except
// what stands among its retries or its dead letters: so a hundred subscribers that keep up cost a hundred
// numbers. take() is durable when it returns; progress is written without a sync: after a power cut something
// may be delivered again, nothing is lost. Thread-safe.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "platform/sql/database.h"
#include "services/events/event.h"

namespace oree::events {

struct Stored {
  int64_t number = 0;
  Event event;
};
using StoredEvent = std::shared_ptr<const Stored>;

struct Retry {
  int64_t number = 0;
  int attempts = 0;
  WallTime next;
  std::string outcome;  // of the last attempt
};

struct DeadLetter {
  std::string id;  // "team/41"
  std::string subscription;
  int64_t number = 0;
  Event event;
  std::string reason, outcome;
  int attempts = 0;
  WallTime published, last_attempt;
};

struct Standing {
  int64_t position = 0;
  uint64_t delivered = 0, dead = 0;
  std::optional<WallTime> last_delivery;
};

// What one round of a subscriber changed.
struct Progress {
  std::string subscription;
  int64_t position = 0;
  uint64_t delivered = 0;  // in this round
  std::optional<WallTime> last_delivery;
  std::vector<Retry> again;      // new or put off
  std::vector<int64_t> settled;  // retries that are over
  std::vector<DeadLetter> dead;
};

class EventStore {
 public:
  static Result<std::unique_ptr<EventStore>> open(const std::filesystem::path& file);

  // How far the source was read, as take() was last told.
  Result<int64_t> cursor();
  Status take(std::span<const Event> events, int64_t cursor);

  // Oldest first; from memory when it is among the newest.
  Result<std::vector<StoredEvent>> after(int64_t number, size_t limit);
  Result<StoredEvent> find(int64_t number);  // nullptr when it is gone

  // A subscriber that was never seen begins with what comes next.
  Result<Standing> enter(const std::string& subscription);
  Result<std::vector<Retry>> due(const std::string& subscription, WallTime now, size_t limit);
  Result<std::vector<Retry>> waiting(const std::string& subscription, size_t limit);  // soonest first
  Result<uint64_t> waiting_count(const std::string& subscription);
  Status save(const Progress& progress);

  Result<std::vector<DeadLetter>> dead(size_t limit);  // newest first
  // Back among the retries, due now, as if it had never been tried. `not_found`.
  Status revive(const std::string& id, WallTime now);
  // Subscriptions that are no longer named hold nothing up: their positions and retries go.
  Status keep_only(const std::vector<std::string>& subscriptions);
  // Events that everybody has.
  Status forget();

 private:
  EventStore(sql::Database taking, sql::Database database)
      : taking_(std::move(taking)), database_(std::move(database)) {}
  Status load_newest();
  void remember(StoredEvent event);
  Status save_retries(const Progress& progress);
  Status save_dead(const Progress& progress);

  std::mutex mutex_;
  sql::Database taking_;    // syncs each commit
  sql::Database database_;  // does not
  std::deque<StoredEvent> newest_;
  int64_t last_ = 0;
};

}  // namespace oree::events
