// What the machine does, for the hub: its processors, its memory, its temperature. One thread.
#pragma once

#include "services/deployment/agent/report.h"

namespace oree::deployment {

class HostMeter {
 public:
  HostMeter();
  // Of the time since the last call.
  HostMeasures take();

 private:
  struct Ticks {
    double busy = 0, all = 0;
  };
  static Ticks read_ticks();
  Ticks last_;
};

}  // namespace oree::deployment
