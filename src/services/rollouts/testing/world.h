// A fleet that never existed and a release that reaches it: stations with their hardware, sites, traffic,
// shifts and outages; models that crash, slow down, go wrong, fall silent or drift. Seeded: the same seed is
// the same story. Simulated time only. Private to tests and benches.
//
// What is assumed, so that figures can be judged (bench/FLEET.md says it in words): kWorld and
// draw_release().
#pragma once

#include <string>
#include <vector>

#include "services/rollouts/plan.h"
#include "services/rollouts/snapshot.h"
#include "services/rollouts/testing/dice.h"

namespace oree::rollouts::testing {

inline constexpr const char* kNewPackage = "sha256:new";
inline constexpr const char* kOldPackage = "sha256:old";

enum class Flaw { none, crash, slow, wrong, one_class, brick, drift };
inline constexpr Flaw kFlaws[] = {Flaw::crash,     Flaw::slow,  Flaw::wrong,
                                  Flaw::one_class, Flaw::brick, Flaw::drift};
std::string_view flaw_name(Flaw flaw);

struct Release {
  Flaw flaw = Flaw::none;
  int only_class = -1;      // the flaw shows on this class of hardware only
  double affected = 1;      // share of stations on which it shows
  int crash_stage = 0;      // 1 in the self-test, 2 in shadow, 3 serving
  double crash_hours = 0;   // mean time until it does
  double slow_share = 0;    // of the requests that take three times the old p95 and more
  double slow_factor = 1;   // of all requests
  double agreement = 0.98;  // with the old model's answers
  double errors_factor = 1;
  double errors_more = 0;
  double confidence_shift = 0;
  double drift_per_hour = 0;
  double brick_hours = 0;  // mean time until it does
};
Release draw_release(Flaw flaw, uint64_t seed);

struct Station {
  enum class Phase { old_model, downloading, installing, shadow, live, hung };
  int hardware = 0;
  int site = 0;
  double requests_per_minute = 0;
  double latency_factor = 1;
  double error_share = 0;
  double download_minutes = 0;
  Phase phase = Phase::old_model;
  bool affected = false;
  bool desired_new = false;  // on the hub
  bool told_new = false;     // as it knows
  bool was_told = false;
  bool is_tracked = false;   // its answers are simulated one by one
  bool ever_on_new = false;  // served with it, or was made unavailable by it
  Shadow comparison;
  WallTime phase_ends;
  WallTime live_since;
  WallTime fails_at;
  WallTime offline_until;
  Evidence candidate;  // not sent yet
  StationState said = StationState::pending;
  std::string error;
  bool knows_bad = false;
  StationReport* report = nullptr;
};

class World {
 public:
  World(int stations, const Release& release, uint64_t seed, WallTime start);

  // What happens until `now`, in one step.
  void advance(WallTime now);
  // What the hub makes a station's desired state.
  void desire(const std::string& id, bool is_new, const Shadow& shadow = {});

  FleetSnapshot& fleet() { return fleet_; }
  int ever_on_new() const;
  int on_new() const;
  int size() const { return static_cast<int>(stations_.size()); }

 private:
  void place(int number, int stations);
  void set_references();
  void draw_outages(microseconds span);
  void listen(Station& station);
  void start_live(Station& station);
  void fall_back(Station& station, StationState state, std::string why);
  void move(Station& station);
  void shadow(Station& station, double minutes);
  void serve(Station& station, double minutes);
  void serve_old(double minutes);
  void say(Station& station, StationState state, std::string why);
  double traffic(const Station& station, double minutes) const;
  double drift_of(const Station& station) const;
  bool is_reachable(const Station& station) const;

  Release release_;
  Dice dice_;
  WallTime start_;
  WallTime now_;
  double world_shift_;  // of everybody's confidences, grows over a week
  FleetSnapshot fleet_;
  std::vector<Station> stations_;
  std::vector<WallTime> site_offline_until_;
  std::vector<int> tracked_;  // live stations by class whose answers are simulated one by one
};

}  // namespace oree::rollouts::testing
