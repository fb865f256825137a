// Tells somebody else (a blockchain's client) of every approval, again and again until it says that it knows.
// The queue is the store's, so that a restart forgets nothing; an approval may be told twice, never not at
// all.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "nodes/authority/store.h"

namespace oree::authority {

class Teller {
 public:
  using Tell = std::function<Status(const ApprovedOrder&)>;
  // Without `tell` nothing is done.
  Teller(Store& store, Tell tell, Log& log);
  void nudge();  // an approval was added
  void stop();   // waits for a call that is under way

 private:
  void work(const std::stop_token& stop);
  // What is under way (`busy`) is asked about every half second; what failed is put off ever longer.
  enum class Left { nothing, under_way, failed };
  Left tell_all(const std::stop_token& stop);

  Store& store_;
  const Tell tell_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool nudged_ = true;
  std::jthread thread_;
};

}  // namespace oree::authority
