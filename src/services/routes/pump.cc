#include "services/routes/pump.h"

#include <algorithm>

#include "base/background.h"

namespace oree::routes {
namespace {

constexpr auto kLongest = std::chrono::seconds(1);  // between two looks, news or not

}  // namespace

Pump::Pump(Forwarder& forwarder, const SteadyWall& time,
           std::vector<std::pair<Sink, std::unique_ptr<Endpoint>>> endpoints)
    : forwarder_(forwarder), time_(time) {
  for (auto& [sink, endpoint] : endpoints) {
    auto worker = std::make_unique<Worker>();
    worker->sink = sink;
    worker->endpoint = std::move(endpoint);
    workers_[sink] = std::move(worker);
  }
  forwarder_.on_arrival([this](const Sink& sink) {
    const auto found = workers_.find(sink);
    if (found == workers_.end()) return;
    const std::lock_guard lock(found->second->mutex);
    found->second->news = true;
    found->second->wake.notify_one();
  });
  for (auto& [sink, worker] : workers_) {
    worker->thread = std::jthread([this, &one = *worker](const std::stop_token& stop) { serve(one, stop); });
  }
  keeper_ = std::jthread([this](const std::stop_token& stop) { keep_house(stop); });
}

void Pump::stop() {
  if (!keeper_.joinable()) return;
  forwarder_.on_arrival({});
  keeper_.request_stop();
  for (auto& [sink, worker] : workers_) worker->thread.request_stop();
  for (auto& [sink, worker] : workers_) worker->thread.join();
  keeper_.join();
  (void)forwarder_.sync();
}

void Pump::serve(Worker& worker, const std::stop_token& stopping) {
  while (!stopping.stop_requested()) {
    {
      const std::lock_guard lock(worker.mutex);
      worker.news = false;
    }
    if (send_one(worker)) continue;
    // News do not shorten a back-off.
    const microseconds early = forwarder_.due(worker.sink) - time_.now();
    std::unique_lock lock(worker.mutex);
    if (early > microseconds(0)) {
      (void)worker.wake.wait_for(lock, stopping, std::min<microseconds>(early, kLongest),
                                 [] { return false; });
    } else {
      (void)worker.wake.wait_for(lock, stopping, kLongest, [&] { return worker.news; });
    }
  }
}

// True when there may be more to send at once.
bool Pump::send_one(Worker& worker) {
  auto batch = forwarder_.next_batch(worker.sink, time_.now());
  if (!batch || !*batch) return false;
  const size_t size = (*batch)->messages.size();
  const Sent sent = worker.endpoint->send(**batch);
  forwarder_.delivered(worker.sink, sent.count, time_.now());
  if (sent.count >= size) return true;
  const Error why = sent.rest ? Error{ErrorKind::unavailable, "not all of it arrived"} : sent.rest.error();
  forwarder_.failed(worker.sink, why, time_.now());
  return true;
}

void Pump::keep_house(const std::stop_token& stopping) {
  stay_in_background();
  std::unique_lock lock(mutex_);
  while (!stopping.stop_requested()) {
    forwarder_.expire(time_.now());
    (void)forwarder_.sync();
    (void)never_.wait_for(lock, stopping, kLongest, [] { return false; });
  }
}

}  // namespace oree::routes
