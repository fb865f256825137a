#include "services/events/schedule.h"

#include <algorithm>

#include "base/text.h"

namespace oree::events {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kTable[] = {seconds(10), seconds(30), minutes(1), minutes(5), minutes(10), minutes(30)};
constexpr seconds kHourly{3600};

struct Named {
  int status;
  std::string_view name;
  seconds least{0};    // before it is tried again
  bool fatal = false;  // trying again would not help
};
constexpr Named kStatuses[] = {
    {400, "BadRequest", seconds(0), true},
    {401, "Unauthorized", minutes(5)},
    {403, "Forbidden", minutes(5)},
    {404, "NotFound", minutes(5)},
    {408, "TimedOut", minutes(2)},
    {410, "Gone", seconds(0), true},
    {413, "PayloadTooLarge", seconds(0), true},
    {415, "UnsupportedMediaType", seconds(0), true},
    {429, "TooManyRequests", seconds(0)},
    {500, "ServerError", seconds(0)},
    {503, "Busy", seconds(30)},
    {504, "GatewayTimeout", seconds(0)},
};

const Named* find_status(int status) {
  const auto at = std::ranges::find(kStatuses, status, &Named::status);
  return at != std::end(kStatuses) ? at : nullptr;
}

}  // namespace

std::string outcome_name(const Outcome& outcome) {
  if (outcome.delivered()) return "Delivered";
  if (outcome.timed_out) return "TimedOut";
  if (outcome.status == 0) return "Unreachable";
  if (outcome.status >= 300 && outcome.status < 400) return "Redirected";
  const Named* known = find_status(outcome.status);
  return known != nullptr ? std::string(known->name) : cat("Http", outcome.status);
}

Next next_step(const RetryRules& rules, int attempts, const Outcome& outcome, WallTime published,
               WallTime now, double jitter) {
  const Named* known = find_status(outcome.status);
  if (known != nullptr && known->fatal) return {true, std::string(known->name), {}};
  if (attempts >= rules.max_attempts) return {true, "MaxDeliveryAttemptsExceeded", {}};
  const auto row = static_cast<size_t>(std::max(1, attempts)) - 1;
  seconds wait = row < std::size(kTable) ? kTable[row] : kHourly;
  if (known != nullptr) wait = std::max(wait, known->least);
  if (outcome.retry_after) wait = std::max(wait, *outcome.retry_after);
  const double most = std::min(0.1 * static_cast<double>(wait.count()), 5.0);
  const microseconds added(static_cast<int64_t>(most * jitter * 1e6));
  const microseconds whole = wait + added;
  if (now + whole - published > rules.time_to_live) return {true, "TimeToLiveExceeded", {}};
  return {false, "", whole};
}

}  // namespace oree::events
