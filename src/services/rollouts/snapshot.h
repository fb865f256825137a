// What the hub knows about its fleet at one moment, as far as a roll-out asks. A value that the hub fills in
// for each call; nothing here is stored by this room.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/monitoring/sketch.h"
#include "services/rollouts/evidence.h"
#include "services/rollouts/state.h"

namespace oree::rollouts {

struct StationReport {
  std::vector<std::string> tags;
  std::string hardware;
  WallTime last_seen;  // by the hub's clock
  // What it says about the roll-out's package: pending when it speaks of another one or of none.
  StationState state = StationState::pending;
  std::string current;     // the package that serves now
  bool knows_bad = false;  // the package is on the station's own list of bad ones
  std::string error;       // why it failed, in its words
  Evidence candidate;      // the new package, in shadow and live
  Evidence baseline;       // whatever else served
};

struct FleetSnapshot {
  std::map<std::string, StationReport>
      stations;                  // by id; those of other hardware than the package's left out
  std::vector<std::string> bad;  // packages that no station shall run
  // Since when the hub has listened without a gap: its start, or its clock's last jump. Silence counts from
  // here at the earliest, so that a hub that was down does not take its fleet for dead.
  WallTime listening_since;
  // Confidences where the models were trained; without them drift is measured against the old model's.
  std::optional<monitoring::BinSketch> candidate_reference;
  std::optional<monitoring::BinSketch> baseline_reference;
};

}  // namespace oree::rollouts
