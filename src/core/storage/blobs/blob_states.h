// Who needs which blob right now: blobs on their way to the disk, blobs a record is about to name, and blobs
// that are being deleted. It keeps the one rule: a blob somebody put is not deleted before the record that
// names it is in the index. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "core/storage/record_store.h"

namespace oree::storage {

class BlobStates {
 public:
  explicit BlobStates(const Clock& clock) : clock_(clock) {}

  // Somebody puts the blob: it is kept until a record that names it is in the index, or for kHold when none
  // comes. Waits while it is being deleted.
  void hold(const Digest& digest);
  static constexpr std::chrono::minutes kHold{10};
  // A commit that names it is under way, until it failed or its record is in the index. Waits likewise.
  void begin_commit(const Digest& digest);
  void end_commit(const Digest& digest, bool indexed);

  // A new blob sets out, again if it failed before. False when it is on its way already.
  bool set_out(const Digest& digest);
  // It is written to the journal, and as a file: both, in either order, or one failure.
  void journaled(const Digest& digest, const Status& status);
  void filed(const Digest& digest, const Status& status);
  // Waits until both are done. False when it has arrived, or never set out: then the index knows.
  Result<bool> await(const Digest& digest);
  // Waits for the file alone; called for a blob whose index row comes next.
  Status await_file(const Digest& digest);
  // The index has it: the journey is over. A failed one is remembered, for the record that will name it.
  void arrived(const Digest& digest);

  // Which of these nobody needs; they count as being deleted until deleted() says otherwise.
  std::vector<Digest> claim(const std::vector<Digest>& candidates);
  void deleted(const std::vector<Digest>& claimed);
  void forget_old_holds();
  bool on_its_way(const Digest& digest) const;

 private:
  struct Journey {
    bool journaled = false;
    bool filed = false;
    Status status;
    bool over() const { return journaled && filed; }
  };
  void advance(const Digest& digest, bool Journey::* step, const Status& status);
  struct Hold {
    size_t puts = 0;  // not yet matched by a record
    MonoTime last_put{};
    size_t commits = 0;  // under way
  };
  struct Hash {
    size_t operator()(const Digest& digest) const;  // its first bytes are as random as any hash
  };

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<Digest, Journey, Hash> journeys_;
  std::unordered_map<Digest, Hold, Hash> holds_;
  std::unordered_set<Digest, Hash> dying_;
};

}  // namespace oree::storage
