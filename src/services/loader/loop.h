// Asks something again and again and counts how long each answer took.
//
//   closed loop   every client asks as soon as it has its answer: what can be done at most
//   open loop     questions are due at random moments (Poisson) whether the last is answered or not; times
//   count
//                 from the moment a question was due, so that a stall is paid for by all who wait behind it
//
// Compared things are asked in turns, round by round in an order thrown by dice, so that whatever else the
// machine does meets all of them alike; each figure is the median of its rounds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace oree::loader {

// One client. Used by one thread at a time.
class Asker {
 public:
  virtual ~Asker() = default;
  virtual Status ask() = 0;
};
using MakeAsker = std::function<Result<std::unique_ptr<Asker>>()>;

struct LoopPlan {
  unsigned clients = 1;
  double warm_up = 1, seconds = 3;
  double rate = 0;  // questions a second, of all clients together; 0: a closed loop
  uint64_t seed = 1;
};

struct Times {
  double mean = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, most = 0;  // microseconds
};
Times times_of(std::vector<double> microseconds);

struct LoopResult {
  uint64_t answers = 0, failures = 0;
  std::string first_failure;
  double seconds = 0;
  Times times;    // of answers
  Times refused;  // of what failed
  double per_second() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
};

// An error when a client cannot be made; answers that failed are counted.
Result<LoopResult> run_loop(const MakeAsker& make, const LoopPlan& plan);

struct Contestant {
  std::string name;
  MakeAsker make;
};
// `rounds` for each; per contestant the median over its rounds of every figure, answers and failures summed
// up.
Result<std::vector<LoopResult>> run_in_turns(const std::vector<Contestant>& contestants, const LoopPlan& plan,
                                             unsigned rounds);

}  // namespace oree::loader
