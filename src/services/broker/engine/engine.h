// The broker without sockets, threads or clocks: bytes and events go in, bytes to send come out.
//
//   engine.opened(peer, now) → id
//   used = engine.received(id, bytes, now)       // what is not used is given again, in front of what follows
//   for (id : engine.touched()) { send engine.output(id); erase what was sent; engine.drained(id) }
//   if (engine.is_over(id)) { when its output is sent: close the socket; engine.forget(id) }
//
// Two streams carry the durable state: `messages` (mqtt::Message, one entry each) and `sessions`
// (engine/journal.h). Whoever owns them calls messages_durable() and sessions_durable() when their on_durable
// said so; QoS 1 and 2 are acknowledged, and delivered, only then. All calls come from one thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "core/stream/stream.h"
#include "platform/mqtt/message.h"
#include "services/broker/access/access.h"
#include "services/broker/engine/content.h"
#include "services/broker/settings.h"
#include "services/broker/stats.h"

namespace oree::broker {

using ConnectionId = uint64_t;

struct EngineParts {
  Settings settings;
  stream::Stream& messages;
  stream::Stream& sessions;
  Access& access;
  Log& log;
};

// Called for every message as it passes: QoS 0 at once, others when they are durable.
struct LocalSubscription {
  uint64_t id = 0;
  std::string filter;
  std::function<void(const mqtt::MessageView&)> callback;
};

struct Core;

class Engine {
 public:
  // Brings back sessions, retained messages and what was in flight.
  static Result<std::unique_ptr<Engine>> open(EngineParts parts, Now now);
  ~Engine();

  ConnectionId opened(Peer peer, Now now);
  // How many bytes were used. Fewer than given: the last packet is not whole, or the connection is not to be
  // read from now; then it stands in resumed() later.
  size_t received(ConnectionId id, ByteView bytes, Now now);
  void closed(ConnectionId id, Now now);  // by the peer, or the network; its id is over
  void login_done(ConnectionId id, bool allowed, Now now);
  void messages_durable(stream::Position position, Now now);
  void sessions_durable(stream::Position position, Now now);
  void tick(Now now);  // some times a second
  // Nothing more comes for now: what was appended is written.
  void turn_done();
  // A reader has more to take from the stream than one turn allows: call work() before waiting for events.
  bool has_work() const;
  void work(Now now);
  // Everybody is told that the server goes; sessions are recorded. Streams are to be stopped after it.
  void shut_down(Now now);

  std::vector<ConnectionId> take_touched();  // have output, or are over
  std::vector<ConnectionId> take_resumed();  // may be read from again
  ByteBuffer& output(ConnectionId id);
  bool wants_input(ConnectionId id) const;
  bool is_over(ConnectionId id) const;
  void drained(ConnectionId id, Now now);  // something of its output was sent
  void forget(ConnectionId id);

  // From inside the station. The position is 0 for QoS 0, which is not stored.
  Result<stream::Position> publish(const mqtt::Message& message, Now now);
  uint64_t subscribe(std::string filter, std::function<void(const mqtt::MessageView&)> callback);
  void unsubscribe(uint64_t id);
  // Messages from `position` on stay in the stream, also after a restart, until the name keeps a later one.
  void keep(const std::string& name, stream::Position position);
  void drop_keep(const std::string& name);
  stream::Position kept(const std::string& name) const;  // 0: unknown name

  uint64_t traffic() const;  // messages in and out since the start
  Stats stats() const;
  std::vector<ClientInfo> clients() const;

 private:
  explicit Engine(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace oree::broker
