// The state of the engine, and its work in one file per walk: core.cc (packets, the journal's gate),
// connecting.cc, publishing.cc (from clients), subscribing.cc, matching.cc, filling.cc (from disk),
// delivering.cc (to clients), ending.cc (closing, wills), housekeeping.cc (what time brings), recovering.cc
// and snapshot.cc (the journal both ways). Seen by these files alone; others use engine.h.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "platform/mqtt/codec.h"
#include "platform/mqtt/message.h"
#include "services/broker/engine/connection.h"
#include "services/broker/engine/engine.h"
#include "services/broker/engine/journal.h"
#include "services/broker/engine/retained.h"
#include "services/broker/engine/subscription_tree.h"

namespace oree::broker {

// A message that was appended and is not on disk yet: who waits for the acknowledgement, and what it said.
struct Appended {
  Position position = 0;
  ConnectionId connection = 0;
  uint16_t id = 0;  // 0: nobody waits
  uint8_t qos = 0;
  mqtt::Reason reason = mqtt::Reason::success;
  Content content;  // null when nobody subscribed to it
};

// What may happen only when the journal is on disk up to `at`.
struct Gate {
  enum class Then : uint8_t { nothing, start, publish, finish };
  Position at = 0;
  ConnectionId connection = 0;
  Then then = Then::nothing;
  uint16_t id = 0;
  ByteBuffer bytes;
};

struct ClockJump {
  Position before = 0;  // concerns messages older than this
  microseconds by{};
};

// A session that matched a message, with what its subscriptions grant together.
struct Matched {
  Session* session = nullptr;
  Group* group = nullptr;
  uint8_t qos = 0;
  bool keep_retain = false;
};

struct Core {
  explicit Core(EngineParts given) : parts(std::move(given)), settings(parts.settings) {}

  // core.cc
  Connection* find(ConnectionId id);
  void touch(Connection& c);
  bool accepts_input(const Connection& c) const;
  size_t received(Connection& c, ByteView bytes);
  bool handle(Connection& c, const mqtt::Frame& frame);  // false: not now, the frame stays
  bool handle_packet(Connection& c, const mqtt::Packet& packet);
  void send(Connection& c, const mqtt::Packet& packet);
  void send_ack(Connection& c, mqtt::PacketType type, uint16_t id, mqtt::Reason reason,
                const char* what = "");
  void refuse(Connection& c, mqtt::Reason reason, const char* what);  // tells it, then ends it abnormally
  Position journal(const Record& record);                             // 0 when it could not be written
  void gate(Connection& c, const Record* record, Gate::Then then, uint16_t id, ByteBuffer bytes);
  void open_gate(Gate& gate);
  void journal_durable(Position position);

  // connecting.cc
  void on_connect(Connection& c, const mqtt::Connect& connect, const mqtt::Frame& frame);
  void admit(Connection& c, const mqtt::Connect& connect);
  void refuse_connect(Connection& c, mqtt::Reason reason, const char* what);
  void login_done(Connection& c, mqtt::Reason reason);
  Session& take_session(Connection& c, const mqtt::Connect& connect, bool& present);
  mqtt::Properties agree(Connection& c, const mqtt::Connect& connect, const Session& session);
  void set_will(Session& session, const mqtt::Connect& connect, const Connection& c);
  void start(Connection& c);

  // publishing.cc
  bool on_publish(Connection& c, const mqtt::Publish& publish);
  bool store(Connection* c, const mqtt::MessageView& message, uint16_t id);
  Result<Position> append(const mqtt::MessageView& message, Content* content, bool wanted);
  bool on_append_failure(Connection& c, const mqtt::MessageView& message, uint16_t id, const Error& error);
  void deny_publish(Connection& c, const mqtt::Publish& publish, mqtt::Reason reason, const char* what);
  void on_pubrel(Connection& c, const mqtt::Ack& ack);
  void durable(Position position);
  void acknowledge(const Appended& done);
  void retain(const mqtt::MessageView& message, Position stamp, bool durable_elsewhere);
  Result<Position> publish_inside(const mqtt::Message& message);
  bool resolve_topic(Connection& c, const mqtt::Publish& publish, std::string_view& topic);
  const char* fault_of(const mqtt::Publish& publish, std::string_view topic, mqtt::Reason& reason) const;

  // subscribing.cc
  void on_subscribe(Connection& c, const mqtt::Subscribe& subscribe);
  void on_unsubscribe(Connection& c, const mqtt::Unsubscribe& unsubscribe);
  mqtt::Reason subscribe_one(Connection& c, const mqtt::SubscribeEntry& entry, uint32_t id, bool& journaled);
  void send_retained(Session& session, std::string_view filter, const Subscription& subscription);
  bool unsubscribe_one(Session& session, std::string_view filter);
  Group& join_group(Session& session, std::string_view key, std::string_view filter, Position since);
  void leave_group(Session& session, Group& group);

  // matching.cc, filling.cc, delivering.cc
  void match(const mqtt::MessageView& message);          // fills `matched`
  void hand_out_live(const mqtt::MessageView& message);  // QoS 0: now or never
  void enqueue(Position position, const Content& content);
  void want_pump(Session& session);
  void want_pump(Group& group);
  void pump_all();
  void pump(Session& session);
  void pump(Group& group);
  bool has_room(Session& session);
  bool can_take(Session& session);
  Session* next_taker(Group& group, size_t& at);
  void resend(Session& session);
  void deliver(Session& session, const Waiting& waiting, Group* group);
  void deliver_direct(Session& session, const Direct& direct);
  void send_inflight(Session& session, InFlight& flight);
  struct Outgoing {
    uint8_t qos = 0;
    bool retain = false;
    bool dup = false;
    uint16_t id = 0;
    const std::vector<uint32_t>* ids = nullptr;
  };
  bool send_publish(Connection& c, const mqtt::MessageView& message, const Outgoing& how);
  uint16_t new_id(Session& session);
  void refill(Session* session, Group* group);
  bool take_in(Session* session, Group* group, Position position, const Content& content);
  bool grant(const Session& session, const mqtt::MessageView& message, Position position, Matched& out) const;
  void ids_for(const Session& session, const mqtt::MessageView& message, const std::string& group,
               std::vector<uint32_t>& out) const;
  Content load(Position position);
  std::optional<uint32_t> seconds_left(const mqtt::MessageView& message, Position position,
                                       bool& expired) const;
  void on_ack(Connection& c, const mqtt::Ack& ack);
  void complete(Session& session, size_t index);

  void on_pubrec(Connection& c, Session& session, const mqtt::Ack& ack);
  void resend_unsent(Session& session);
  size_t quota(const Session& session) const;
  void drained(Connection& c);

  // ending.cc
  void end_connection(Connection& c, bool normal);
  void detach(Session& session, bool normal);
  void end_session(Session& session);
  void bury();  // at the start of an event: nobody holds on to what ended in the last
  void publish_will(Session& session);
  void on_disconnect(Connection& c, const mqtt::Disconnect& disconnect);
  void tick();
  void check_connections();
  void check_sessions();
  void follow_clock();
  void clock_set(const ClockJump& jump);
  void flush_progress();
  void trim();

  // recovering.cc, snapshot.cc
  Status recover();
  void apply(const Record& record);
  void apply_to(Session& session, const Record& record);
  void apply_retained(std::string_view topic, Content content, bool clears, Position stamp);
  void resume(Session& session);
  void resume_group(Session& session, const std::string& key, Subscription& subscription);
  Status scan_messages();
  void resume_sessions();
  void snapshot();
  void finish_snapshot();
  void record_session(const Session& session);
  Record session_record(const Session& session) const;
  static Record clock_record(const ClockJump& jump);
  Record progress_record(const Session& session) const;
  Record progress_record(const Group& group) const;
  Position needed_from() const;

  EngineParts parts;
  Settings settings;
  Now now{};
  Stats stats;
  std::unordered_map<ConnectionId, std::unique_ptr<Connection>> connections;
  ConnectionId last_connection = 0;
  std::unordered_map<std::string, std::unique_ptr<Session>, TextHash, std::equal_to<>> sessions;
  std::map<std::string, std::unique_ptr<Group>, std::less<>> groups;
  SubscriptionTree tree;
  Retained retained;
  std::deque<Appended> appended;  // by position
  std::deque<Gate> gates;         // by position
  Position next_position = 1;
  Position durable_position = 0;
  Position journal_position = 0;  // of the last record
  Position journal_durable_position = 0;
  std::vector<std::unique_ptr<Session>> ended_sessions;
  std::vector<std::unique_ptr<Group>> ended_groups;
  std::vector<ConnectionId> touched;
  std::vector<ConnectionId> resumed;
  std::vector<Session*> pump_sessions;
  std::vector<Group*> pump_groups;
  std::vector<Session*> with_delayed_will;
  std::map<std::string, Position, std::less<>> keeps;
  std::vector<LocalSubscription> locals;
  std::unique_ptr<stream::Reader> loader;
  Position loader_next = 0;
  std::vector<ClockJump> jumps;
  std::optional<Now> last_clock;
  MonoTime last_second{};
  uint64_t window_bytes = 0;
  // Since the last snapshot.
  uint64_t journal_bytes = 0;
  uint64_t message_bytes = 0;
  uint64_t message_count = 0;
  uint64_t snapshot_bytes = 0;
  Position scanned_from = 1;
  uint64_t assigned_ids = 0;
  Position snapshot_begin = 0;  // of the one that is not durable yet
  Position snapshot_end = 0;
  Position scanned_from_next = 1;
  bool more_to_read = false;  // a reader of the stream stopped to let others work
  // While recovering.
  std::map<std::string, Record, std::less<>> recovered_groups;
  std::map<std::string, std::vector<Position>, std::less<>> recovered_skips;
  std::map<std::string, Position, std::less<>> recovered_clears;
  std::unordered_map<Position, bool> recovered_finished;
  // Scratch, so that a message costs no allocation.
  std::vector<Subscriber> subscribers;
  std::vector<Matched> matched;
  uint64_t match_round = 0;
  ByteBuffer head;
  ByteBuffer properties;
  ByteBuffer record_bytes;
  std::vector<uint32_t> id_list;
};

}  // namespace oree::broker
