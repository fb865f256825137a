// Whoever started this program and watches it: systemd's notification protocol (sd_notify(3)), which is a
// datagram to the socket named in $NOTIFY_SOCKET. Without one everything here only waits for the signal to
// stop.
//
//   const Supervision supervision = Supervision::from_environment();   // before threads, and before children
//   …                                                                  // a station is started
//   supervision.serve([&](milliseconds within) { return station->answers(within); }, log);
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"

namespace oree::app {

class Supervision {
 public:
  // Takes $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID out of the environment: modules are not to speak
  // for us. Call block_signals() first.
  static Supervision from_environment();

  // Says READY=1 and blocks until SIGINT or SIGTERM, then says STOPPING=1. With a watchdog (WatchdogSec)
  // `answers` is asked four times in its time, and only when it says yes is WATCHDOG=1 said: what hangs is
  // started anew.
  void serve(const std::function<bool(milliseconds within)>& answers, Log& log) const;

 private:
  void say(std::string_view state) const;

  std::string socket_;
  milliseconds watchdog_{0};  // 0: none
};

}  // namespace oree::app
