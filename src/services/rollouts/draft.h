// One call of next_steps at work: the state as it will be once the steps so far are applied, so that each
// rule sees what the rules before it decided. Private to this room.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/rollouts/gates/gates.h"
#include "services/rollouts/rollout.h"

namespace oree::rollouts {

// A class of hardware.
struct ClassView {
  int size = 0;   // stations in the fleet
  int taken = 0;  // have or had the package
  int proven = 0;
  ClassEvidence evidence;
  std::vector<GateVerdict> verdicts;
  bool is(Verdict verdict, bool blocking_only = false) const;
  bool has_suspicious_failures() const;
};

// Under which Draft::classes() keeps all classes together; it has verdicts only.
inline constexpr std::string_view kPool = "*";  // no class can be called that

// A station of the fleet, and what the state has about it: nullptr when that is nothing.
struct Row {
  const std::string* id;
  const StationReport* report;
  const StationProgress* progress;
};

struct Draft {
  Draft(const RolloutPlan& a_plan, const RolloutState& a_state, const FleetSnapshot& a_snapshot,
        WallTime a_now);

  const RolloutPlan& plan;
  const FleetSnapshot& snapshot;
  const WallTime now;
  RolloutState state;
  std::vector<Step> steps;
  std::vector<Row> rows;  // by id; follows the state

  void take(Step step);
  bool is_over() const;  // aborting or aborted
  const Wave& wave_of(int number) const;
  // How long ago, by a clock that may have jumped: never negative.
  microseconds ago(WallTime time) const;
  WallTime last_word_of(const StationReport& report) const;
  // Since when nothing was heard of the station while the hub listened.
  microseconds silence_of(const StationReport& report) const;
  bool is_online(const StationReport& report) const;
  bool is_silent(const StationReport& report) const { return silence_of(report) >= plan.deadlines.silence; }
  // Of the stations of this site without the new model, more than half fell silent since the roll-out began.
  bool is_outage(const StationReport& report) const;
  const std::map<std::string, ClassView>& classes();  // as the state is now, and kPool

 private:
  void add_evidence(ClassView& view, const std::string& hardware) const;
  std::map<std::string, ClassView> classes_;
  struct Pool {
    Evidence candidate;
    Evidence baseline;
  };
  std::map<std::string, Pool> pools_;  // of the snapshot, by class of hardware
};

// "line=3" for the key "line"; "" when there is none.
std::string_view tag_value(const std::vector<std::string>& tags, std::string_view key);

// The rules, in the order in which they are asked.
void forget_deleted(Draft& draft);
void observe_stations(Draft& draft);  // what stations say, deadlines, silence, soak
void tell_back(Draft& draft);         // who has failed, or all after an abort
void mark_stretches(Draft& draft);
void judge_gates(Draft& draft);  // abort
void move_waves(Draft& draft);   // next wave, done, pause
void make_offers(Draft& draft);

}  // namespace oree::rollouts
