// An order of the company's ERP, made exactly once: what every adapter promises.
//
// place() may be called any number of times for one order id and gives the same ERP order each time, also
// after an answer that never came. Whoever calls tries again as retry.h says. Thread-safe; calls block for at
// most the adapter's deadline per request. Error kinds: `busy` and `unavailable` and `timeout` may pass by
// themselves, `denied` when somebody mends the credentials, everything else is about the order or the
// settings.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "services/erp/work_order.h"

namespace oree::erp {

struct Placed {
  std::string number;    // as the ERP's people see it: "00042"
  std::string url;       // its page; "" when not known
  bool created = false;  // by this very call; false: it was there already
  bool operator==(const Placed&) const = default;
};

enum class Progress { unknown, unscheduled, scheduled, in_progress, done, cancelled };
std::string_view name(Progress progress);
std::optional<Progress> parse_progress(std::string_view name);

struct State {
  Progress progress = Progress::unknown;
  std::string text;  // the ERP's own word
};

class Adapter {
 public:
  virtual ~Adapter() = default;
  virtual std::string_view system() const = 0;  // "dynamics", "rest"
  virtual Result<Placed> place(const WorkOrder& order) = 0;
  // By Placed::number. `not_found` when nobody there knows it.
  virtual Result<State> state(std::string_view number) = 0;
  // The work is done; called off. Fine when it is so already.
  virtual Status close(std::string_view number) = 0;
  virtual Status cancel(std::string_view number) = 0;
  // How long the ERP asked to be left alone (Retry-After) in the last answer that failed; 0: nothing was
  // asked.
  virtual milliseconds pause() const = 0;
};

}  // namespace oree::erp
