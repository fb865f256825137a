// Since when the hub has listened to its fleet without a gap: what FleetSnapshot::listening_since wants. A
// value, no threads; the times come in.
//
//   Listening listening(clock.wall(), clock.mono());      // at the hub's start
//   listening.tick(clock.wall(), clock.mono());           // whenever the hub looks at its roll-outs
//   snapshot.listening_since = listening.since();
//
// A hub that slept, hung or was stopped heard nobody, and a wall clock that jumped makes everybody's last
// word look older or newer than it is. Both begin the time anew, so that neither takes a fleet for dead.
#pragma once

#include "base/clock.h"

namespace oree::rollouts {

class Listening {
 public:
  Listening(WallTime wall, MonoTime mono) : since_(wall), wall_(wall), mono_(mono) {}

  WallTime since() const { return since_; }

  // At least every few minutes; answers since().
  WallTime tick(WallTime wall, MonoTime mono) {
    const auto passed = std::chrono::duration_cast<microseconds>(mono - mono_);
    const microseconds jump = (wall - wall_) - passed;
    if (passed > kGap || jump > kJump || jump < -kJump) since_ = wall;
    wall_ = wall;
    mono_ = mono;
    return since_;
  }

 private:
  static constexpr microseconds kGap = std::chrono::minutes(5);
  static constexpr microseconds kJump = std::chrono::minutes(1);
  WallTime since_;
  WallTime wall_;
  MonoTime mono_;
};

}  // namespace oree::rollouts
