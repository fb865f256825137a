#include "services/events/dispatcher.h"

#include <algorithm>

#include "base/background.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::events {
namespace {

constexpr size_t kForgetAfter = 1'000;  // events that were taken

// [0, 1), from the operating system.
double random_share() {
  uint32_t bits = 0;
  crypto::random_bytes(std::as_writable_bytes(std::span(&bits, 1)));
  return static_cast<double>(bits) / 4294967296.0;
}

int64_t ms(WallTime time) {
  return std::chrono::floor<milliseconds>(time).time_since_epoch().count();
}

json::Value time_json(const std::optional<WallTime>& time) {
  return time ? json::Value(ms(*time)) : json::Value();
}

json::Value attempt_json(const std::string& subscription, const Subscriber::Attempt& one) {
  const Event& event = one.event->event;
  return json::Object{{"id", cat(subscription, "/", one.event->number)},
                      {"subscription", subscription},
                      {"event", event.id},
                      {"type", event.type},
                      {"subject", event.subject},
                      {"state", one.state},
                      {"attempts", one.attempts},
                      {"next_attempt", time_json(one.next)},
                      {"last_outcome", one.outcome},
                      {"time", ms(one.time)}};
}

}  // namespace

Result<std::unique_ptr<Dispatcher>> Dispatcher::open(const std::filesystem::path& file,
                                                     const std::vector<Subscription>& subscriptions,
                                                     const SinkWorld& world) {
  auto store = EventStore::open(file);
  if (!store) return forward(store);
  std::unique_ptr<Dispatcher> out(new Dispatcher(*std::move(store), world.clock, world.log));
  std::vector<std::string> names;
  for (const Subscription& one : subscriptions) names.push_back(one.plan.name);
  if (auto kept = out->store_->keep_only(names); !kept) return forward(kept);
  for (const Subscription& one : subscriptions) {
    auto sink = open_sink(one, world);
    if (!sink) return forward(sink, cat("events for '", one.plan.name, "'"));
    auto subscriber =
        Subscriber::open(one.plan, *std::move(sink), *out->store_, world.clock, random_share, world.log);
    if (!subscriber) return forward(subscriber);
    out->workers_.push_back(std::make_unique<Worker>(one, *std::move(subscriber), std::jthread()));
  }
  if (auto forgotten = out->store_->forget(); !forgotten) return forward(forgotten);
  return out;
}

void Dispatcher::start() {
  for (auto& worker : workers_)
    worker->thread = std::jthread([this, &one = *worker](const std::stop_token& stop) { work(one, stop); });
}

void Dispatcher::stop() {
  for (auto& worker : workers_) worker->thread.request_stop();
  for (auto& worker : workers_) worker->thread = {};
}

void Dispatcher::work(Worker& worker, const std::stop_token& stop) {
  stay_in_background();
  while (!stop.stop_requested()) {
    uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = wakes_;
    }
    const microseconds rest = worker.subscriber->step();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, rest, [&] { return wakes_ != seen; });
  }
}

void Dispatcher::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
  }
  wake_.notify_all();
}

Status Dispatcher::take(std::span<const Event> events, int64_t cursor) {
  if (auto taken = store_->take(events, cursor); !taken) return taken;
  wake();
  if ((since_forgotten_ += events.size()) < kForgetAfter) return {};
  since_forgotten_ = 0;
  return store_->forget();
}

bool Dispatcher::confirm(std::string_view code) {
  for (auto& worker : workers_) {
    auto* webhook = dynamic_cast<Webhook*>(&worker->subscriber->sink());
    if (webhook == nullptr || !webhook->confirm(code)) continue;
    wake();
    return true;
  }
  return false;
}

json::Value Dispatcher::subscriptions_json() {
  json::Array all;
  for (const auto& worker : workers_) {
    const auto status = worker->subscriber->status();
    const auto& one = worker->subscription;
    all.emplace_back(json::Object{{"name", one.plan.name},
                                  {"sink", name(one.kind)},
                                  {"address", address(one)},
                                  {"schema", name(one.schema)},
                                  {"filter", filter_json(one.plan.filter)},
                                  {"state", status.state},
                                  {"waiting", status.waiting},
                                  {"delivered", status.delivered},
                                  {"dead", status.dead},
                                  {"last_error", status.error},
                                  {"last_delivery", time_json(status.last_delivery)}});
  }
  return json::Object{{"subscriptions", std::move(all)}};
}

json::Value Dispatcher::deliveries_json(const std::string& subscription, const std::string& state,
                                        size_t limit) {
  std::vector<std::pair<std::string, Subscriber::Attempt>> found;
  for (const auto& worker : workers_) {
    const std::string& name = worker->subscription.plan.name;
    if (!subscription.empty() && subscription != name) continue;
    for (auto& one : worker->subscriber->newest(1000)) {
      if (state.empty() || one.state == state) found.emplace_back(name, std::move(one));
    }
  }
  std::ranges::stable_sort(found, [](const auto& a, const auto& b) { return a.second.time > b.second.time; });
  json::Array all;
  for (const auto& [name, one] : found) {
    if (all.size() == limit) break;
    all.push_back(attempt_json(name, one));
  }
  return json::Object{{"deliveries", std::move(all)}};
}

Result<json::Value> Dispatcher::dead_json(size_t limit) {
  const auto letters = store_->dead(limit);
  if (!letters) return forward(letters);
  json::Array all;
  for (const DeadLetter& one : *letters) {
    all.emplace_back(json::Object{{"id", one.id},
                                  {"subscription", one.subscription},
                                  {"event", one.event.id},
                                  {"type", one.event.type},
                                  {"subject", one.event.subject},
                                  {"reason", one.reason},
                                  {"attempts", one.attempts},
                                  {"last_outcome", one.outcome},
                                  {"publish_time", ms(one.published)},
                                  {"last_attempt", ms(one.last_attempt)},
                                  {"data", one.event.data}});
  }
  return json::Value(json::Object{{"dead", std::move(all)}});
}

Status Dispatcher::retry_dead(const std::string& id) {
  if (auto back = store_->revive(id, clock_.wall()); !back) return back;
  wake();
  return {};
}

}  // namespace oree::events
