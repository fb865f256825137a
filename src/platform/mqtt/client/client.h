// A small MQTT client, 3.1.1 and 5.0, for bridges, simulators and tests. It has no thread: what comes in is
// looked at while a call waits, and callbacks run inside calls. Publishing is pipelined:
//
//   auto client = Client::connect({.port = 1883, .client_id = "bridge"});
//   for (const Message& m : batch) (*client)->publish(m, [&](const Status& acked) { … });
//   (*client)->flush();                                   // until every one is acknowledged
//
//   (*client)->subscribe("factory/#", 1);
//   while (auto got = (*client)->receive(std::chrono::seconds(1))) { if (*got) use((*got)->message); }
//
// Every call has the deadline of the options; `timeout` when it passes, `unavailable` when the connection is
// gone: make a new one then. Something has to be called at least every keep_alive / 2 seconds. Not
// thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "platform/mqtt/message.h"
#include "platform/mqtt/packet.h"
#include "platform/mqtt/tls.h"

namespace oree::mqtt {

struct ClientOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 1883;
  Version version = Version::v5;
  std::string client_id;  // "": the server gives one
  bool clean_start = true;
  uint32_t session_expiry = 0;  // seconds, v5
  uint16_t keep_alive = 60;     // seconds, 0: off
  std::optional<std::string> user;
  std::string password;
  std::optional<Message> will;
  uint32_t will_delay = 0;
  std::optional<TlsFilesToLoad> tls;
  milliseconds deadline{10'000};
  uint16_t max_inflight = 1'000;  // publishes that wait for their acknowledgement; the server may allow fewer
  uint16_t receive_maximum = 1'000;  // messages that the server may send before they are acknowledged
  uint32_t max_packet = 16 << 20;
  // Received messages are acknowledged by acknowledge() alone, not when receive() hands them out.
  bool manual_acknowledge = false;
};

struct SubscribeOptions {
  bool no_local = false;
  bool retain_as_published = false;
  uint8_t retain_handling = 0;
  uint32_t id = 0;
};

struct ReceivedMessage {
  Message message;  // qos: as it was delivered; `received` is empty
  uint16_t packet_id = 0;
  bool dup = false;
  std::vector<uint32_t> subscription_ids;
};

class Client {
 public:
  // Called once for each publish: when it is acknowledged (QoS 2: PUBCOMP), refused, or lost with the
  // connection.
  using Acknowledged = std::function<void(const Status&)>;

  static Result<std::unique_ptr<Client>> connect(const ClientOptions& options);
  virtual ~Client() = default;  // closes without a DISCONNECT, so that the will is sent

  virtual bool session_present() const = 0;
  virtual const std::string& client_id() const = 0;
  virtual uint32_t server_max_packet() const = 0;

  // Sends; waits only while as many as allowed are in flight. QoS 0 is "acknowledged" at once.
  virtual Status publish(const Message& message, Acknowledged acknowledged = {}) = 0;
  virtual size_t in_flight() const = 0;
  virtual Status flush() = 0;
  // The granted QoS; `denied` when it is refused.
  virtual Result<int> subscribe(const std::string& filter, int qos, const SubscribeOptions& options = {}) = 0;
  virtual Status unsubscribe(const std::string& filter) = 0;
  // The next message; empty when none came in this time.
  virtual Result<std::optional<ReceivedMessage>> receive(milliseconds wait) = 0;
  virtual Status acknowledge(const ReceivedMessage& message) = 0;
  virtual Status ping() = 0;
  virtual Status disconnect() = 0;
};

}  // namespace oree::mqtt
