// Brings events to all who subscribed: one thread for each, so that one that is slow or dead costs the others
// nothing. What was taken is durable, with how far its source was read. Thread-safe.
//
//   dispatcher->take(events, number);            // durable; goes out by itself
//   after a restart: read the source on from dispatcher->cursor()
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "services/events/subscription.h"

namespace oree::events {

class Dispatcher {
 public:
  static Result<std::unique_ptr<Dispatcher>> open(const std::filesystem::path& file,
                                                  const std::vector<Subscription>& subscriptions,
                                                  const SinkWorld& world);
  ~Dispatcher() { stop(); }
  void start();
  void stop();  // waits for deliveries that are under way

  Result<int64_t> cursor() { return store_->cursor(); }
  Status take(std::span<const Event> events, int64_t cursor);  // by one thread at a time

  // A person opened the validation address of an Event Grid subscription. False: no such code.
  bool confirm(std::string_view code);
  json::Value subscriptions_json();
  // `state`: "waiting", "delivered", "dead" or "" for all.
  json::Value deliveries_json(const std::string& subscription, const std::string& state, size_t limit);
  Result<json::Value> dead_json(size_t limit);
  Status retry_dead(const std::string& id);

 private:
  struct Worker {
    Subscription subscription;
    std::unique_ptr<Subscriber> subscriber;
    std::jthread thread;
  };
  Dispatcher(std::unique_ptr<EventStore> store, const Clock& clock, Log& log)
      : store_(std::move(store)), clock_(clock), log_(log) {}
  void work(Worker& worker, const std::stop_token& stop);
  void wake();

  const std::unique_ptr<EventStore> store_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  uint64_t wakes_ = 0;
  size_t since_forgotten_ = 0;  // events; of whoever takes
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace oree::events
