#include "services/erp/sender.h"

#include <algorithm>

#include "base/background.h"
#include "base/text.h"

namespace oree::erp {
namespace {

// How long the thread sleeps at most: the wall clock may be set while it does.
constexpr std::chrono::seconds kLongestSleep{5};
constexpr size_t kTellAtOnce = 32;

}  // namespace

Result<std::unique_ptr<Sender>> Sender::open(const std::string& path, Adapter& adapter, SenderEvents events,
                                             const RetryPolicy& policy, const Clock& clock, Log& log) {
  auto queue = Queue::open(path);
  if (!queue) return forward(queue);
  return std::unique_ptr<Sender>(
      new Sender(*std::move(queue), adapter, std::move(events), policy, clock, log));
}

Sender::Sender(Queue queue, Adapter& adapter, SenderEvents events, const RetryPolicy& policy,
               const Clock& clock, Log& log)
    : adapter_(adapter),
      events_(std::move(events)),
      policy_(policy),
      clock_(clock),
      log_(log),
      queue_(std::move(queue)) {}

Sender::~Sender() = default;

void Sender::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    stay_in_background();
    loop(stop);
  });
}

Status Sender::change(const std::function<Status()>& change) {
  Status status;
  {
    const std::lock_guard lock(mutex_);
    status = change();
    news_ = true;
  }
  woken_.notify_all();
  return status;
}

Status Sender::place(const WorkOrder& order) {
  return change([&] { return queue_.add(order, clock_.wall()); });
}

Status Sender::close(std::string_view order) {
  return change([&] { return queue_.wish(order, Wish::close, clock_.wall()); });
}

Status Sender::cancel(std::string_view order) {
  return change([&] { return queue_.wish(order, Wish::cancel, clock_.wall()); });
}

Status Sender::again(std::string_view order) {
  return change([&] { return queue_.again(order, clock_.wall()); });
}

Result<std::optional<Entry>> Sender::find(std::string_view order) {
  const std::lock_guard lock(mutex_);
  return queue_.find(order);
}

Result<std::vector<Entry>> Sender::newest(size_t limit) {
  const std::lock_guard lock(mutex_);
  return queue_.newest(limit);
}

SenderStats Sender::stats() {
  const std::lock_guard lock(mutex_);
  SenderStats stats = stats_;
  stats.waiting = queue_.waiting().value_or(0);
  return stats;
}

void Sender::loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    tell();
    if (send_next()) continue;
    std::unique_lock lock(mutex_);
    const microseconds sleep = stuck_ ? kLongestSleep : until_next();
    stuck_ = false;
    woken_.wait_for(lock, stop, sleep, [&] { return news_; });
    news_ = false;
  }
}

// Under the lock.
microseconds Sender::until_next() {
  const auto next = queue_.next_try();
  if (!next || !*next) return kLongestSleep;
  const microseconds wait = std::max(**next, rest_until_) - clock_.wall();
  return std::clamp<microseconds>(wait, milliseconds(10), kLongestSleep);
}

size_t Sender::run_due() {
  size_t tried = 0;
  tell();
  while (send_next()) {
    ++tried;
    tell();
  }
  return tried;
}

void Sender::tell() {
  std::vector<Entry> untold;
  {
    const std::lock_guard lock(mutex_);
    auto found = queue_.untold(kTellAtOnce);
    if (!found) return log_.error(cat("erp: ", found.error().what));
    untold = *std::move(found);
  }
  for (const Entry& entry : untold) {
    const std::string& id = entry.order.id;
    Status heard;
    if (entry.placed.number.empty()) {
      if (events_.on_refused) heard = events_.on_refused(id, {ErrorKind::invalid, entry.error});
    } else if (events_.on_placed) {
      heard = events_.on_placed(id, entry.placed);
    }
    if (!heard) {
      log_.warning(cat("erp: nobody could be told of order ", id, ": ", heard.error().what));
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (const auto kept = queue_.told(id); !kept) log_.error(cat("erp: ", kept.error().what));
  }
}

// The queue itself fails: trying on at once would only fill the log.
bool Sender::stop_for(const Error& error) {
  log_.error(cat("erp: ", error.what));
  stuck_ = true;
  return false;
}

bool Sender::send_next() {
  std::optional<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    const WallTime now = clock_.wall();
    // A rest of more than a day was never asked for: the wall clock was set back.
    if (now < rest_until_ && rest_until_ - now <= std::chrono::hours(24)) return false;
    auto due = queue_.due(now);
    if (!due) return stop_for(due.error());
    if (!*due) return false;
    entry = **std::move(due);
    // Written first: a process that dies now comes back to it, later and not at once.
    const auto pause = pause_after(ErrorKind::unavailable, entry->attempts + 1, {}, entry->order.id, policy_);
    if (const auto begun = queue_.begin_attempt(entry->order.id, now + *pause); !begun)
      return stop_for(begun.error());
    ++entry->attempts;
  }
  const auto kept = send(*entry);
  if (!kept) log_.error(cat("erp: order ", entry->order.id, ": ", kept.error().what));
  return true;
}

Status Sender::send(const Entry& entry) {
  if (entry.wish != Wish::place && !entry.placed.number.empty()) return carry_out(entry);
  const auto placed = adapter_.place(entry.order);
  if (!placed) return failed(entry, placed.error());
  log_.info(cat("order ", entry.order.id, " is ", adapter_.system(), " ", placed->number,
                placed->created ? "" : " (it was there already)"));
  const std::lock_guard lock(mutex_);
  ++stats_.placed;
  stats_.last_error.clear();
  // What was wished while the request was under way is not forgotten.
  const auto now = queue_.find(entry.order.id);
  if (!now || !*now) return now ? Status() : Status(forward(now));
  return queue_.placed(**now, *placed, clock_.wall());
}

Status Sender::carry_out(const Entry& entry) {
  const bool closes = entry.wish == Wish::close;
  const auto done = closes ? adapter_.close(entry.placed.number) : adapter_.cancel(entry.placed.number);
  if (!done) return failed(entry, done.error());
  const std::lock_guard lock(mutex_);
  stats_.last_error.clear();
  return queue_.ended(entry.order.id, closes ? Sending::closed : Sending::cancelled);
}

Status Sender::failed(const Entry& entry, const Error& error) {
  const milliseconds asked = adapter_.pause();
  const auto pause = pause_after(error.kind, entry.attempts, asked, entry.order.id, policy_);
  log_.warning(cat("order ", entry.order.id, " is not in the ERP: ", error.what, pause ? "" : " (given up)"));
  const std::lock_guard lock(mutex_);
  const WallTime now = clock_.wall();
  ++stats_.failures;
  stats_.last_error = error.what;
  rest_until_ = asked > milliseconds(0) ? now + asked : WallTime();
  if (pause) return queue_.put_off(entry.order.id, now + *pause, error.what);
  ++stats_.refused;
  return queue_.refused(entry, error.what);
}

}  // namespace oree::erp
