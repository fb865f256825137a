// For threads whose work can wait a moment: they never interrupt one that answers.
#pragma once

#include <sched.h>

#include <thread>

namespace oree {

// Asks the kernel (SCHED_BATCH) that the calling thread, when it wakes up on a processor that is busy, waits
// for its turn or another processor instead of taking this one's place. Best effort.
void stay_in_background();

// Keeps a helper thread off the processor of whoever hands it work. The kernel would see to it on bare metal;
// in a virtual machine a halted processor does not count as idle (KVM: vcpu_is_preempted), and the helper
// wakes up in the way of what it should help. Not thread-safe. Best effort; nothing happens on a single
// processor.
class OtherProcessor {
 public:
  explicit OtherProcessor(std::jthread& helper);
  void leave_mine();  // called by whoever hands over, before the helper is woken

 private:
  std::jthread& helper_;
  cpu_set_t allowed_{};
  int left_ = -1;
};

}  // namespace oree
