// Calls that wait for a run: by priority, then in the order they came, each with a deadline, in a queue that
// is bounded. A value: functions of its state and `now`, no threads, no clock.
//
// Level 1 is served first. A call whose deadline passes is refused, or with TimeoutAction::delay goes behind
// all others of its level. Sentences are those that Triton's clients look for.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/clock.h"
#include "core/inference/service/call.h"
#include "core/modelconfig/scheduling.h"
#include "services/serving/scheduler/batching/ring.h"

namespace oree::serving {

struct Waiting {
  inference::Call* call = nullptr;
  uint64_t rows = 1;         // of the batch dimension
  bool shapes_vary = false;  // calls are merged only with those of the same shapes
  MonoTime since;
  MonoTime deadline = MonoTime::max();
  uint64_t ticket = 0;                 // the how-manieth call this is, where answers keep their order
  std::array<uint64_t, 2> digest{};    // of what is asked, where answers are kept
  std::chrono::nanoseconds looked{0};  // how long looking for an answer took
};

// Whether two calls' tensors may be laid together. Names and datatypes were checked.
bool may_merge(const Waiting& a, const Waiting& b);

class WaitingLine {
 public:
  // Never longer than this, whatever the configuration says: a call waits in some 100 bytes.
  static constexpr size_t kLongest = 100'000;

  explicit WaitingLine(const modelconfig::DynamicBatching& settings);
  WaitingLine() : WaitingLine(modelconfig::DynamicBatching{}) {}

  // `unavailable` when its level is full: as its policy says, or, where that says nothing, when it would have
  // to wait longer than `most`.
  Status push(const Waiting& waiting, MonoTime now, std::chrono::nanoseconds expected = {},
              std::chrono::nanoseconds most = std::chrono::nanoseconds::max());
  // Moves those whose time is over, and must not wait longer, to `expired`.
  void expire(MonoTime now, std::vector<Waiting>& expired);
  // The next call; `at` counts from the front. Precondition: at < size().
  const Waiting& peek(size_t at) const;
  // Takes the first `count` from the front into `taken`.
  void take(size_t count, std::vector<Waiting>& taken);
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Not later than any call's deadline; MonoTime::max() when none has one.
  MonoTime earliest_deadline() const { return with_deadline_ == 0 ? MonoTime::max() : earliest_; }

 private:
  struct Level {
    modelconfig::QueuePolicy policy;
    Ring<Waiting> waiting, delayed;
  };
  Level& level_of(uint64_t priority);

  std::vector<Level> levels_;
  uint64_t default_level_ = 1;
  size_t size_ = 0;
  size_t with_deadline_ = 0;
  MonoTime earliest_ = MonoTime::max();
};

// What a call is told whose time was over, and one that came to a full queue.
Error expired_error();
Error full_error();

}  // namespace oree::serving
