// How far apart the turns of the loop are that read from clients.
//
// Under load it pays to let packets gather: they then share a system call and a sync. How long is found by
// trying. Blocks of turns that wait a little longer alternate with blocks that wait a little less. Clients
// that send at their own pace send as much in both, and the wait grows, up to kLongest. Clients that wait for
// acknowledgements before they go on send less in the longer one, and the wait shrinks until it costs
// nothing.
//
// A value without a clock of its own; one per loop.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace oree::broker {

class Pace {
 public:
  static constexpr microseconds kLongest{7'000};
  static constexpr microseconds kShortest{100};

  // At the beginning of each turn, with the number of messages since the start: at least so long until the
  // next begins.
  microseconds turn(MonoTime now, uint64_t messages);
  // Some times a second. Without load nothing waits, and what was found is forgotten.
  void load(bool busy);

 private:
  struct Sum {
    double messages = 0;
    double seconds = 0;
    double rate() const { return messages / seconds; }
  };
  microseconds wait() const;
  void end_block(MonoTime now, uint64_t messages);
  void decide();

  bool busy_ = false;
  bool fresh_ = true;  // no block has begun
  bool longer_ = false;
  microseconds wait_{500};
  int turns_ = 0;
  int blocks_ = 0;
  MonoTime block_begin_{};
  uint64_t messages_begin_ = 0;
  Sum longer_sum_;
  Sum shorter_sum_;
};

}  // namespace oree::broker
