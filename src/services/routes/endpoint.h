// Where a queue leads: a table, a topic, a module, another hub. Sends one batch at a time and says how far it
// got.
#pragma once

#include <functional>

#include "services/routes/forwarder.h"

namespace oree::routes {

struct Sent {
  size_t count = 0;  // from the front of the batch, surely arrived
  Status rest;       // why not all; `invalid`: the next one never will. Ignored when all arrived
};

// Called by one thread at a time; may block, but not for much longer than a time-out of its own.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual Sent send(const Batch& batch) = 0;
};

// For sinks inside the station: a function that takes the batch whole, or fails.
class CallbackEndpoint final : public Endpoint {
 public:
  explicit CallbackEndpoint(std::function<Status(const Batch&)> take) : take_(std::move(take)) {}
  Sent send(const Batch& batch) override {
    auto taken = take_(batch);
    return taken ? Sent{batch.messages.size(), {}} : Sent{0, std::move(taken)};
  }

 private:
  std::function<Status(const Batch&)> take_;
};

}  // namespace oree::routes
