// Receivers and a store that do what a test says and remember what they were asked.
#pragma once

#include <string>
#include <vector>

#include "services/alerts/alert_service.h"

namespace oree::alerts::testing {

struct FakeReceiver final : Receiver {
  std::vector<Notification>* taken;
  const bool* reachable;
  FakeReceiver(std::vector<Notification>& into, const bool& up) : taken(&into), reachable(&up) {}
  Status deliver(const Notification& notification) override {
    if (!*reachable) return fail(ErrorKind::unavailable, "nobody there");
    taken->push_back(notification);
    return {};
  }
};

struct FakeStore final : StateStore {
  std::string kept;
  int saves = 0;
  bool full = false;
  Result<ByteBuffer> load() override {
    const auto bytes = as_bytes(kept);
    return ByteBuffer(bytes.begin(), bytes.end());
  }
  Status save(ByteView bytes) override {
    ++saves;
    if (full) return fail(ErrorKind::full, "no room");
    kept = as_text(bytes);
    return {};
  }
};

struct FakePublisher final : MqttPublisher {
  std::vector<std::pair<std::string, std::string>> published;
  Status publish(std::string_view topic, std::string_view payload, bool) override {
    published.emplace_back(topic, payload);
    return {};
  }
};

}  // namespace oree::alerts::testing
