// The thread behind the journal: brings what is durable there into the index, some at a time, and lets the
// retention work in between.
//
// It is lazy: a record waits up to a second, because twenty records in one transaction touch few more pages
// than one. Whoever reads calls drain() first, and so sees every record that was committed before.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "core/storage/index/retention.h"
#include "core/storage/journal/health.h"
#include "core/storage/journal/journal_writer.h"

namespace oree::storage {

class Indexer {
 public:
  struct Parts {
    Index& index;
    BlobStates& states;
    Space& space;
    Retention& retention;
    Log& log;
    uint64_t max_log_bytes;
    bool sweep;                                 // the last run did not end well: look for litter
    std::function<void(const Error&)> damaged;  // the index file is corrupt
  };
  explicit Indexer(Parts parts);
  ~Indexer();

  void enqueue(std::vector<Journaled> entries);
  Status drain();       // until everything enqueued before is in the index
  Status retain();      // a whole round of retention, by age too
  void request_room();  // a round of retention, without waiting
  void stop();          // indexes what is queued, then ends
  bool idle();          // everything enqueued is in the index

 private:
  using Items = std::vector<Journaled>;
  void run();
  Items take();
  Status index(Items& items);
  bool retention_step();
  void put_back(Items items, const Error& why);

  Parts parts_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable done_;
  std::deque<Journaled> queue_;
  uint64_t enqueued_ = 0;
  uint64_t indexed_ = 0;
  uint64_t wanted_ = 0;  // somebody waits until indexed_ is this
  uint64_t rounds_wanted_ = 0;
  uint64_t rounds_done_ = 0;
  bool room_wanted_ = false;
  bool sweeping_;
  bool stopping_ = false;
  bool ended_ = false;            // nobody will be served any more
  std::optional<Error> failure_;  // of the last try
  std::jthread thread_;
};

}  // namespace oree::storage
