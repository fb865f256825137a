// Empties the queues of a Forwarder: one thread for each endpoint, and one that keeps house.
#pragma once

#include <condition_variable>
#include <thread>

#include "services/routes/endpoint.h"

namespace oree::routes {

// The `now` of a Forwarder: the wall clock as it stood at the start, and from there on the time that really
// passed. So somebody who sets the clock while the station runs makes nothing expire. Thread-safe.
class SteadyWall {
 public:
  explicit SteadyWall(const Clock& clock) : clock_(clock), wall_(clock.wall()), mono_(clock.mono()) {}
  microseconds now() const {
    return wall_.time_since_epoch() + std::chrono::duration_cast<microseconds>(clock_.mono() - mono_);
  }

 private:
  const Clock& clock_;
  const WallTime wall_;
  const MonoTime mono_;
};

class Pump {
 public:
  // Endpoints for all of forwarder.sinks(); a sink without one keeps its messages until there is one.
  Pump(Forwarder& forwarder, const SteadyWall& time,
       std::vector<std::pair<Sink, std::unique_ptr<Endpoint>>> endpoints);
  ~Pump() { stop(); }
  void stop();  // waits for what is being sent

 private:
  struct Worker {
    Sink sink;
    std::unique_ptr<Endpoint> endpoint;
    std::mutex mutex;
    std::condition_variable_any wake;
    bool news = true;
    std::jthread thread;
  };
  void serve(Worker& worker, const std::stop_token& stopping);
  bool send_one(Worker& worker);
  void keep_house(const std::stop_token& stopping);

  Forwarder& forwarder_;
  const SteadyWall& time_;
  std::map<Sink, std::unique_ptr<Worker>> workers_;
  std::mutex mutex_;
  std::condition_variable_any never_;
  std::jthread keeper_;
};

}  // namespace oree::routes
