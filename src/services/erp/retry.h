// When a failed order is sent again: pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace oree::erp {

struct RetryPolicy {
  microseconds first{std::chrono::seconds(5)};
  microseconds longest{std::chrono::minutes(15)};
  microseconds locked_out{std::chrono::hours(1)};  // the longest while the ERP does not let us in
};

// The pause after the `attempts`-th attempt (from 1) failed in this way: the first, doubled with each
// attempt, and never shorter than what the ERP asked for (`asked`), which has no upper bound here. Nothing:
// this will fail for ever (invalid, not_found, conflict, …), a person must look. What is `denied` is the
// station's credentials' fault and not the order's: it is tried again, slowly. A quarter of the pause is
// spread by `order`, so that stations that lost the same ERP do not come back in step.
std::optional<microseconds> pause_after(ErrorKind kind, int attempts, milliseconds asked,
                                        std::string_view order, const RetryPolicy& policy);

}  // namespace oree::erp
