// An engine with clients that speak bytes to it, a clock and two disks in the test's hand.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/mqtt/codec.h"
#include "services/broker/engine/engine.h"
#include "services/broker/testing/memory_stream.h"

namespace oree::broker::testing {

// Lets everybody in and everything pass, unless told otherwise.
class OpenAccess final : public Access {
 public:
  LoginAnswer answer = LoginAnswer::allowed;
  std::string refused_topic;
  std::string refused_filter;
  std::string unreadable;

  LoginAnswer login(const Login&) override { return answer; }
  bool may_publish(const Who&, std::string_view topic) const override { return topic != refused_topic; }
  bool may_subscribe(const Who&, std::string_view filter) const override { return filter != refused_filter; }
  bool may_read(const Who&, std::string_view topic) const override { return topic != unreadable; }
  bool filters_reads() const override { return !unreadable.empty(); }
};

// A packet that a client received, with the bytes that its views point into.
struct Received {
  std::shared_ptr<ByteBuffer> bytes;
  mqtt::Packet packet;
};

class Bench;

class TestClient {
 public:
  TestClient(Bench& bench, mqtt::Version version) : bench_(bench), version_(version) {}

  void open();
  void send(const mqtt::Packet& packet);
  void send_hex(std::string_view digits);
  void drop();  // the network ends
  std::vector<Received> take();
  // The next packet, which has to be one of these.
  template <class T>
  T expect();
  bool silent();  // nothing was received
  bool closed();

  // CONNECT and its CONNACK.
  mqtt::Connack connect(std::string_view id, bool clean = true, uint32_t expiry = 0);
  mqtt::Connack connect(const mqtt::Connect& connect);
  std::vector<mqtt::Reason> subscribe(std::string_view filter, uint8_t qos,
                                      const mqtt::SubscribeEntry& options = {}, uint32_t id = 0);
  void publish(std::string_view topic, std::string_view payload, uint8_t qos = 0, uint16_t id = 0,
               bool retain = false);
  void ack(mqtt::PacketType type, uint16_t id, mqtt::Reason reason = mqtt::Reason::success);
  mqtt::Version version() const { return version_; }

 private:
  void collect();
  Bench& bench_;
  mqtt::Version version_;
  ConnectionId id_ = 0;
  bool over_ = false;
  ByteBuffer pending_;
  std::vector<Received> inbox_;
  std::vector<std::shared_ptr<ByteBuffer>> kept_;
};

class Bench {
 public:
  explicit Bench(Settings given = {}) : settings(std::move(given)) { start(); }

  void start();
  void crash();                               // what is not durable is gone; starts again
  void restart();                             // shut down in order, start again
  void sync();                                // both disks
  void pass(std::chrono::milliseconds time);  // moves the clock and ticks
  Now now() const { return {wall, mono}; }
  TestClient client(mqtt::Version version = mqtt::Version::v5) { return TestClient(*this, version); }

  Settings settings;
  WallTime wall{microseconds(1'700'000'000'000'000)};
  MonoTime mono{std::chrono::hours(1)};
  bool auto_sync = true;
  OpenAccess access;
  NullLog log;
  std::shared_ptr<MemoryDisk> message_disk = std::make_shared<MemoryDisk>();
  std::shared_ptr<MemoryDisk> session_disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<MemoryStream> messages;
  std::unique_ptr<MemoryStream> sessions;
  std::unique_ptr<Engine> engine;
};

template <class T>
T TestClient::expect() {
  collect();
  REQUIRE_FALSE(inbox_.empty());
  Received first = std::move(inbox_.front());
  inbox_.erase(inbox_.begin());
  kept_.push_back(first.bytes);
  REQUIRE(std::holds_alternative<T>(first.packet));
  return std::get<T>(first.packet);
}

}  // namespace oree::broker::testing
