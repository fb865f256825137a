// Which calls of which sequences may run now: calls of one sequence one after the other, so many sequences at
// a time, the others behind them. A value: functions of its state and `now`, no threads, no clock.
//
// A sequence begins with a call that says `start` and ends with one that says `end`, or when nothing of it
// came for `idle`. Sentences are those that Triton's clients look for.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/inference/service/call.h"
#include "services/serving/scheduler/batching/ring.h"
#include "services/serving/scheduler/batching/waiting_line.h"
#include "services/serving/scheduler/lent_memory.h"

namespace oree::serving {

// What a network gave back to be given to it again.
struct KeptState {
  tensor::Shape shape;  // of one row
  ByteView bytes;
  std::shared_ptr<void> keep;
};

struct RunningSequence {
  uint64_t id = 0;
  std::string text_id;
  Ring<Waiting> line;
  std::vector<KeptState> states;  // empty: the initial ones
  MonoTime last;                  // when something of it came or was answered
  bool busy = false;              // a call of it runs
  bool expects_start = false;     // its end has come
  bool active = false;            // has one of the places
};

class SequenceTable {
 public:
  static constexpr size_t kMostWaiting = 100'000;    // calls
  static constexpr size_t kMostSequences = 100'000;  // active and waiting

  SequenceTable(std::string model, size_t places, microseconds idle)
      : model_(std::move(model)), places_(places), idle_(idle) {}

  // `invalid` without an id, or without a start where one is due; `unavailable` when too much waits.
  Status push(const Waiting& waiting, MonoTime now);
  // Sequences whose next call may run, the one whose call came first in front; at most `most`.
  void ready(size_t most, std::vector<RunningSequence*>& ready) const;
  // Takes that call out; the sequence is busy until done().
  Waiting take(RunningSequence& sequence);
  // The call of `sequence` was answered; with `ended` the sequence is over. The pointer may be dead after.
  void done(RunningSequence& sequence, bool ended, MonoTime now);
  // Forgets sequences that nothing came for. Gives the time of the next to be forgotten, or max().
  MonoTime forget_idle(MonoTime now);
  // Everything that waits, for a model that stops.
  void take_all(std::vector<Waiting>& waiting);
  bool empty() const { return waiting_ == 0; }
  size_t waiting() const { return waiting_; }
  size_t sequences() const { return by_id_.size() + by_text_.size(); }

 private:
  Result<RunningSequence*> find_or_begin(const inference::Sequence& asked, MonoTime now);
  void erase(RunningSequence& sequence);
  void activate_next();
  std::string name_of(const inference::Sequence& asked) const;

  std::string model_;
  size_t places_;
  microseconds idle_;
  std::map<uint64_t, std::unique_ptr<RunningSequence>> by_id_;
  std::map<std::string, std::unique_ptr<RunningSequence>, std::less<>> by_text_;
  std::vector<RunningSequence*> active_;
  std::deque<RunningSequence*> backlog_;  // without a place, in the order they began
  size_t waiting_ = 0;
};

}  // namespace oree::serving
