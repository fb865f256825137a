#include "base/background.h"

#include <pthread.h>

namespace oree {

void stay_in_background() {
  const sched_param none{};
  (void)sched_setscheduler(0, SCHED_BATCH, &none);
}

OtherProcessor::OtherProcessor(std::jthread& helper) : helper_(helper) {
  (void)sched_getaffinity(0, sizeof allowed_, &allowed_);
}

void OtherProcessor::leave_mine() {
  const int mine = sched_getcpu();
  if (mine == left_ || mine < 0 || mine >= CPU_SETSIZE || CPU_COUNT(&allowed_) < 2) return;
  cpu_set_t others = allowed_;
  CPU_CLR(static_cast<size_t>(mine), &others);
  if (pthread_setaffinity_np(helper_.native_handle(), sizeof others, &others) == 0) left_ = mine;
}

}  // namespace oree
