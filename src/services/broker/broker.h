// The station's MQTT broker: listeners, one thread that serves every client, and two durable streams.
//
//   auto broker = Broker::start({.settings = settings, .folder = data / "broker", .on_durable =
//   wake_readers},
//                               disk, clock, log);
//   broker->publish({.topic = "station/state", .payload = …, .qos = 1});     // durable when it returns
//   auto reader = broker->messages().reader(broker->kept("routes"));         // a tap reads at its own pace
//   broker->keep("routes", position);                                       // and says from where it still
//   needs
//
// Thread-safe, but for callbacks of subscribe(), which run on the broker's thread and may call post() only.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "core/stream/stream.h"
#include "platform/files/files.h"
#include "platform/mqtt/message.h"
#include "services/broker/settings.h"
#include "services/broker/stats.h"

namespace oree::broker {

struct BrokerOptions {
  Settings settings;
  std::filesystem::path folder;  // gets "messages" and "sessions"
  uint64_t max_message_bytes = 1'000'000'000;
  uint64_t max_session_bytes = 200'000'000;
  uint64_t min_free = 100'000'000;
  // Called on the stream's thread after each sync: messages up to here are on disk and can be read. Must not
  // block.
  std::function<void(stream::Position)> on_durable;
};

class Broker {
 public:
  // Errors: what the streams say; `invalid` for settings; `denied`, `conflict` or `unavailable` for an
  // address that cannot be listened on.
  static Result<std::unique_ptr<Broker>> start(BrokerOptions options, files::Disk& disk, const Clock& clock,
                                               Log& log);
  virtual ~Broker() = default;
  // Tells every client, writes what is open, closes. Also done by the destructor.
  virtual void stop() = 0;

  virtual uint16_t port(size_t listener = 0) const = 0;
  virtual stream::Stream& messages() = 0;  // entries are mqtt::Message

  // Stored and handed out; with QoS 1 or 2 durable when it returns. The position is 0 for QoS 0.
  virtual Result<stream::Position> publish(const mqtt::Message& message) = 0;
  virtual void post(mqtt::Message message) = 0;  // the same without waiting or an answer

  // Every message that matches, as it passes: QoS 0 at once, others when durable.
  virtual uint64_t subscribe(std::string filter, std::function<void(const mqtt::MessageView&)> callback) = 0;
  virtual void unsubscribe(uint64_t id) = 0;  // when it returns the callback is not called any more

  // Messages from `position` on are not trimmed until the same name keeps a later one; remembered over a
  // restart.
  virtual void keep(const std::string& name, stream::Position position) = 0;
  virtual void drop_keep(const std::string& name) = 0;
  virtual stream::Position kept(const std::string& name) const = 0;  // 1 for a name that keeps nothing yet

  virtual Stats stats() const = 0;  // at most a second old
  virtual std::vector<ClientInfo> clients() const = 0;
};

}  // namespace oree::broker
