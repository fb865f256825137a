// Who decides about a roll-out, ours and others', over the same fleet. Private to tests and benches.
//
// The others are replayed from what their documentation and sources say (docs/../bench/FLEET.md names them):
// they hear of each station only that its update succeeded or failed, and none of them goes back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "services/rollouts/rollout.h"
#include "services/rollouts/testing/world.h"

namespace oree::rollouts::testing {

enum class Ending { running, done, stopped, paused };

class Policy {
 public:
  virtual ~Policy() = default;
  virtual Ending tick(World& world, WallTime now) = 0;
  virtual std::string reason() const { return ""; }
  virtual bool goes_back() const { return false; }  // takes a stopped model back from where it is
};

std::unique_ptr<Policy> ours(const RolloutPlan& plan, WallTime now);
// The plan of the table: the usual waves, what is undecided is taken back.
RolloutPlan bench_plan();

// Groups of 1, 9, 40 and 50 percent. A group's error condition: failed / size > error %, then pause; its
// success condition: finished / size >= success %, then the next group starts.
std::unique_ptr<Policy> hawkbit(double success_percent, double error_percent);
// Rate 10 a minute, doubled for each 50 that succeeded, at most 1,000; abort when failed or timed out /
// executed is at least `threshold` percent, of at least 10; a station that does not answer within an hour has
// timed out.
std::unique_ptr<Policy> aws_jobs(double threshold_percent);
// Batches of 1, 10, 50 and 100 percent; the next one begins when at least `success` percent of a batch
// succeeded and all have answered or timed out, else it pauses.
std::unique_ptr<Policy> flightctl(double success_percent);

struct Outcome {
  Flaw flaw = Flaw::none;
  Ending ending = Ending::running;
  int ever_on_new = 0;
  int on_new_at_end = 0;
  double hours_to_95 = -1;  // of the fleet on the new model; -1: never
  double hours_to_ending = -1;
  double hours_back = -1;  // from there until nobody is on it
  std::string reason;
};

// Until nothing can change any more, at most 30 days, in steps of `step`.
Outcome play(int stations, const Release& release, uint64_t seed,
             const std::function<std::unique_ptr<Policy>(WallTime)>& make, std::chrono::minutes step);

}  // namespace oree::rollouts::testing
