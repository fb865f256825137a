// Where a roll-out stands: per station, and as a whole. A value; changed by steps only (apply), so that who
// stores state and steps in one transaction can be killed at any time and goes on where it was.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "platform/json/value.h"
#include "services/rollouts/evidence.h"

namespace oree::rollouts {

// The words of docs/formats/fleet.md, and two that only the hub can say.
enum class StationState {
  pending,      // belongs to the roll-out, nothing was offered
  offered,      // its desired state has the package, it has not confirmed
  downloading,  //
  installing,   // verified; loaded beside the old one
  shadow,       // answers a sample beside the old one
  healthy,      // serves, with the new package as the current one
  failed,       // given up before it served
  rolled_back,  // served, and was taken back
  silent,       // was not heard of any more after it had begun to install: a failure
  offline,      // was not heard of any more before that: none
};
std::string_view state_name(StationState state);
std::optional<StationState> parse_state(std::string_view name);

enum class RolloutStatus {
  running,
  paused,    // no offers until a person resumes; stations that have the model keep it
  aborting,  // every station that may have the model is told to go back; some have not said that they are
  aborted,   // all are
  done,      // proven on all that could be reached; who comes later is still offered it, and watched
};
std::string_view status_name(RolloutStatus status);
std::optional<RolloutStatus> parse_status(std::string_view name);

struct StationProgress {
  StationState state = StationState::pending;
  WallTime since;                     // of this state
  int wave = -1;                      // that took it; -1 before
  bool exposed = false;               // had begun to install at some time
  bool failed = false;                // its outcome, as it counts: kept when it is deleted
  bool gone = false;                  // was deleted; what it had counted for goes on counting
  std::optional<WallTime> proven;     // healthy for the wave's soak
  std::optional<WallTime> told_back;  // since when its desired state is the old package again
  std::string why;                    // it failed; kept when the station has other things to say
  std::string hardware;
  bool operator==(const StationProgress&) const = default;
};

// What a class of hardware had said when a stretch of time began, so that late changes are not lost among
// early good days.
struct EvidenceMark {
  WallTime at;
  int number = 0;  // of stretches before this one
  Evidence candidate;
  Evidence baseline;
  bool operator==(const EvidenceMark&) const = default;
};

struct RolloutState {
  RolloutStatus status = RolloutStatus::running;
  std::string reason;  // of the status
  WallTime began;
  int wave = 0;
  WallTime wave_since;
  WallTime offered_at;  // the newest offers: since when, and how many within that minute
  int offered = 0;
  std::map<std::string, StationProgress> stations;
  std::map<std::string, EvidenceMark> marks;  // by class of hardware
  bool operator==(const RolloutState&) const = default;
};

enum class StepKind {
  note,       // the station is in another state now
  offer,      // make the package the station's desired one
  withdraw,   // an offer that was not taken up: make the old package the desired one
  prove,      // the station has had it for the soak
  mark,       // a new stretch of evidence begins
  next_wave,  // the wave is proven
  pause,      //
  resume,     // only people do
  abort,      // put the package on the list of bad ones, for ever
  roll_back,  // make the old package the station's desired one
  forget,     // the station was deleted
  done,       // also from aborting to aborted
};
std::string_view kind_name(StepKind kind);
std::optional<StepKind> parse_kind(std::string_view name);

// Steps are safe to repeat: to do again what was done changes nothing.
struct Step {
  StepKind kind = StepKind::note;
  WallTime at;
  std::string reason;                       // a sentence for people
  std::string station;                      // "" when it concerns the whole
  StationState to = StationState::pending;  // of note, offer, withdraw
  int wave = -1;
  std::string hardware;              // of mark, and of a station's first step
  std::optional<EvidenceMark> mark;  // of mark
  bool operator==(const Step&) const = default;
};

// What the step does to the state. Total: a step that does not fit leaves the state as it is.
void apply(RolloutState& state, const Step& step);

// State and steps as they are stored. parse: `corrupt` with the member that is not as it was written.
json::Value to_json(const RolloutState& state);
json::Value to_json(const Step& step);
Result<RolloutState> parse_state_json(const json::Value& value);
Result<Step> parse_step_json(const json::Value& value);

struct Counts {
  int exposed = 0;   // had begun to install at some time
  int unproven = 0;  // may have the model now without having proven it; failed ones keep their place
  int proven = 0;
  int failed = 0;  // failed, rolled back, silent
  int offline = 0;
};
Counts count(const RolloutState& state);

}  // namespace oree::rollouts
