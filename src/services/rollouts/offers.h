// Who comes next. Private to this room.
#pragma once

namespace oree::rollouts {

struct Draft;

struct WaveQuota {
  int matching = 0;    // stations of the fleet that have the wave's tags
  int taken = 0;       // of these, have or had the package; in a wave by count: of this wave
  int open = 0;        // how many more the wave is to bring it to
  int candidates = 0;  // could be offered it now
  int room = 0;        // how many more may be unproven
};

WaveQuota quota_of(Draft& draft);

}  // namespace oree::rollouts
