#include "nodes/edge/maintenance/event_link.h"

#include "base/background.h"
#include "base/text.h"
#include "services/events/dispatcher.h"

namespace oree::edge {
namespace {

constexpr size_t kAtOnce = 500;
constexpr std::chrono::seconds kRest{30};  // in case a wake was missed

events::Event event_of(const outbox::Event& event) {
  return {event.id, event.type, event.source, event.subject, event.time, event.data};
}

}  // namespace

struct EventLink::State {
  orders::OrderStore& orders;
  Log& log;
  std::unique_ptr<events::Dispatcher> dispatcher;
  std::mutex mutex;
  std::condition_variable_any wake;
  bool woken = true;
  std::jthread thread;

  State(orders::OrderStore& store, Log& where) : orders(store), log(where) {}
  void pump(const std::stop_token& stop);
  Result<bool> pass_on();
};

// Durable on the other side before it is forgotten here. True: there may be more.
Result<bool> EventLink::State::pass_on() {
  const auto cursor = dispatcher->cursor();
  if (!cursor) return forward(cursor);
  const auto fresh = orders.events_after(*cursor, kAtOnce);
  if (!fresh) return forward(fresh);
  if (fresh->empty()) return false;
  std::vector<events::Event> all;
  for (const auto& one : *fresh) all.push_back(event_of(one.event));
  if (auto taken = dispatcher->take(all, fresh->back().number); !taken) return forward(taken);
  if (auto forgotten = orders.forget_events(fresh->back().number); !forgotten) return forward(forgotten);
  return fresh->size() == kAtOnce;
}

void EventLink::State::pump(const std::stop_token& stop) {
  stay_in_background();
  while (!stop.stop_requested()) {
    const auto more = pass_on();
    if (!more) log.error(cat("events: ", more.error().what));
    if (more && *more) continue;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, kRest, [&] { return std::exchange(woken, false); });
  }
}

EventLink::EventLink(std::unique_ptr<State> state) : state_(std::move(state)) {}

EventLink::~EventLink() {
  stop();
}

Result<std::unique_ptr<EventLink>> EventLink::open(const MaintenanceFile& file,
                                                   const std::filesystem::path& folder,
                                                   orders::OrderStore& orders, World world) {
  auto state = std::make_unique<State>(orders, world.log);
  auto dispatcher = events::Dispatcher::open(
      folder / "events.db", file.events,
      {world.clock, world.disk, world.log, folder, world.station,
       cat(world.public_url, "/api/v1/events/validate?code="), std::move(world.publish)});
  if (!dispatcher) return forward(dispatcher);
  state->dispatcher = *std::move(dispatcher);
  return std::unique_ptr<EventLink>(new EventLink(std::move(state)));
}

void EventLink::start() {
  state_->dispatcher->start();
  state_->thread = std::jthread([this](const std::stop_token& stop) { state_->pump(stop); });
}

void EventLink::stop() {
  state_->thread = {};
  state_->dispatcher->stop();
}

void EventLink::wake() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->woken = true;
  }
  state_->wake.notify_one();
}

bool EventLink::confirm(std::string_view code) {
  return state_->dispatcher->confirm(code);
}

json::Value EventLink::subscriptions_json() {
  return state_->dispatcher->subscriptions_json();
}

Result<json::Value> EventLink::deliveries_json(const std::string& subscription, const std::string& which,
                                               size_t limit) {
  return state_->dispatcher->deliveries_json(subscription, which, limit);
}

Result<json::Value> EventLink::dead_json(size_t limit) {
  return state_->dispatcher->dead_json(limit);
}

Status EventLink::retry_dead(const std::string& id) {
  return state_->dispatcher->retry_dead(id);
}

}  // namespace oree::edge
