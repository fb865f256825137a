// How a new model reaches a fleet: in waves, each proven before the next, or not at all. Values, no threads.
//
//   waves:                          # in order; how much of the fleet each brings the model to
//     - {name: canary, percent: 1, soak: 24h}
//     - {name: tenth, percent: 10, soak: 4h, max_exposed: 2}
//     - {name: rest, percent: 100, soak: 1h, max_exposed: 10}
//   max_exposed: 1                  # percent of the fleet that may carry the model without having proven it
//   gates: {errors: 0.01, p95_ratio: 1.5, drift: 0.15, agreement: 0.95, failures: 0.02}
//
// All of it has defaults; docs/formats/rollout.md and schemas/rollout.schema.json have every field.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/json/value.h"

namespace oree::rollouts {

// How much a station compares with the old model before it serves: this share of the requests is answered by
// both, until `requests` were or `at_most` is over; nobody gets the new one's answers. 0 requests: no shadow.
struct Shadow {
  double percent = 10;
  int requests = 50;
  microseconds at_most = std::chrono::minutes(30);
};

// A wave brings the model to `percent` of the stations that have all its tags, counting those which earlier
// waves took; or, when `count` is not 0, to so many more. Rounded up. It ends when its stations have had the
// model for `soak` and the gates say that it is no worse.
struct Wave {
  std::string name;
  std::vector<std::string> tags;
  double percent = 100;
  int count = 0;
  microseconds soak{0};
  double max_exposed = 0;        // percent of the fleet; the plan's when 0
  std::optional<Shadow> shadow;  // the plan's when absent
};

// How long a station may stay in a state; 0: for ever. Whoever is heard of but does not move on has failed.
// `silence`: who was not heard of for so long is offline when it had not begun to install, else silent, and
// silence is failure.
struct Deadlines {
  microseconds offered = std::chrono::minutes(10);
  microseconds downloading = std::chrono::hours(2);
  microseconds installing = std::chrono::minutes(10);
  microseconds shadow = std::chrono::hours(24);
  microseconds silence = std::chrono::hours(1);
  microseconds max_wait = std::chrono::hours(72);  // for a wave's gates to decide; then a person has to
};

// Of the stations with the same value of the tag `group_by` ("line" groups by "line=3") at most
// `max_unavailable` may be changing or broken at one time. Failed and silent ones keep their place.
struct DisruptionBudget {
  std::string group_by;
  int max_unavailable = 1;
};

// What counts as worse, compared with the old model on the same class of hardware in the same time. A gate
// that is absent does not look. `alpha` is the probability that a model which is within all limits is stopped
// by chance, however often one looks (core/monitoring/confidence.h).
struct Gates {
  double alpha = 0.01;
  std::optional<double> failures = 0.02;   // share of stations that may fail, above who falls silent anyway
  std::optional<double> errors = 0.01;     // how much the share of failed requests may rise
  std::optional<double> p95_ratio = 1.5;   // p95 of the latency, new / old
  std::optional<double> drift = 0.15;      // Wasserstein distance of confidences from the reference
  std::optional<double> agreement = 0.95;  // least share of shadow answers that are as the old model's
  std::optional<double> accuracy = 0.02;   // how much the share of answers that people found right may fall
  int min_stations = 2;         // of a class of hardware (or all it has) before it counts as proven
  uint64_t min_requests = 100;  // of a class, for the gates on requests
};

struct RolloutPlan {
  std::string id;
  std::string model;
  std::string version;
  std::string package;      // sha256:… of the new one
  std::vector<Wave> waves;  // at least one
  Shadow shadow;
  double max_exposed = 1;     // percent of the fleet, at least one station
  int offers_per_minute = 0;  // 0: as many as fit
  std::vector<DisruptionBudget> budgets;
  std::string site_tag = "site";  // who shares its value shares power and network
  Deadlines deadlines;
  Gates gates;
  bool abort_when_undecided = false;  // `when_undecided: abort`, else pause: after deadlines.max_wait
  uint64_t seed = 1;                  // which stations come first
};

// `invalid` with every mistake and its place. YAML or JSON. Without `waves`: 1, 10, 50 and 100 percent.
Result<RolloutPlan> parse_plan(std::string_view text, std::string_view file);
json::Value to_json(const RolloutPlan& plan);
// Of a station that this wave takes.
const Shadow& shadow_of(const RolloutPlan& plan, int wave);
// 1, 10, 50 and 100 percent of all, soaking 36, 4, 2 and 1 hours; the first with a long shadow.
std::vector<Wave> usual_waves();

}  // namespace oree::rollouts
