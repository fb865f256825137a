// Brings approved orders into the ERP, exactly once, however often the ERP, the network or this process dies.
//
//   auto sender = Sender::open(data / "erp.db", adapter, events, {}, clock, log);
//   (*sender)->start();
//   (*sender)->place(order);   // durable when it returns; the ERP hears of it later
//
// One thread of its own sends, one order after the other; an ERP that does not answer holds up nobody else.
// After a failure the same order is tried again as retry.h says, and when the ERP asked to be left alone
// nothing is sent until then. Thread-safe. The adapter, the clock and the log must outlive it; the destructor
// waits for the request under way, at most the adapter's deadlines.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "services/erp/queue.h"
#include "services/erp/retry.h"

namespace oree::erp {

// Called on the sending thread, without a lock. At least once for each outcome: again after a restart when it
// failed or was cut short, so it must not mind hearing of the same outcome twice. What is refused after it
// was placed (it cannot be closed) is told to nobody; its entry says so.
struct SenderEvents {
  std::function<Status(const std::string& order, const Placed& placed)> on_placed;
  std::function<Status(const std::string& order, const Error& error)> on_refused;
};

struct SenderStats {
  size_t waiting = 0;
  uint64_t placed = 0, refused = 0, failures = 0;  // since the start
  std::string last_error;                          // "" after a success
};

class Sender {
 public:
  static Result<std::unique_ptr<Sender>> open(const std::string& path, Adapter& adapter, SenderEvents events,
                                              const RetryPolicy& policy, const Clock& clock, Log& log);
  ~Sender();

  // `conflict` when the id is known with other content; the same order again is fine.
  Status place(const WorkOrder& order);
  Status close(std::string_view order);   // the work is done
  Status cancel(std::string_view order);  // called off
  Status again(std::string_view order);   // what was refused, after somebody mended it

  Result<std::optional<Entry>> find(std::string_view order);
  Result<std::vector<Entry>> newest(size_t limit);
  SenderStats stats();

  void start();  // once
  // What the thread does: tells and sends all that is due now; how many requests were tried. For tests,
  // without start().
  size_t run_due();

 private:
  Sender(Queue queue, Adapter& adapter, SenderEvents events, const RetryPolicy& policy, const Clock& clock,
         Log& log);
  Status change(const std::function<Status()>& change);
  void loop(const std::stop_token& stop);
  microseconds until_next();
  void tell();
  bool stop_for(const Error& error);
  bool send_next();
  Status send(const Entry& entry);
  Status carry_out(const Entry& entry);
  Status failed(const Entry& entry, const Error& error);

  Adapter& adapter_;
  const SenderEvents events_;
  const RetryPolicy policy_;
  const Clock& clock_;
  Log& log_;

  std::mutex mutex_;  // the queue, stats and rest; never held during a request or a call-back
  std::condition_variable_any woken_;
  Queue queue_;
  SenderStats stats_;
  WallTime rest_until_{};  // the ERP asked for it
  bool news_ = false;
  bool stuck_ = false;
  std::jthread thread_;  // last: ends before what it uses
};

}  // namespace oree::erp
