// What the broker knows of a client beyond its connection: subscriptions, what waits, what is on its way.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/mqtt/packet.h"
#include "services/broker/engine/backlog.h"

namespace oree::broker {

struct Connection;
struct Session;

constexpr uint32_t kNever = 0xffffffff;

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

// The members of $share/<name>/<filter> and the messages that wait for any of them.
struct Group {
  std::string key;     // $share/<name>/<filter>
  std::string filter;  // what topics are matched against
  std::vector<Session*> members;
  size_t turn = 0;
  Position since = 0;
  Backlog backlog;
  bool queued_for_pump = false;
  bool over = false;
};

struct Subscription {
  uint8_t qos = 0;
  bool no_local = false;
  bool keep_retain = false;
  uint8_t retain_handling = 0;
  uint32_t id = 0;         // subscription identifier, 0: none
  Position since = 0;      // messages before it were not for this subscription
  Group* group = nullptr;  // when it is shared
};

enum class Leg : uint8_t {
  to_send,   // has an id, has not been sent on this connection
  to_log,    // QoS 2: waits until the journal knows its id
  sent,      // waits for PUBACK or PUBREC
  released,  // QoS 2: PUBREC came; waits for PUBCOMP
};

struct InFlight {
  uint16_t id = 0;
  uint8_t qos = 0;
  Leg leg = Leg::to_send;
  bool dup = false;
  bool keep_retain = false;
  bool direct = false;     // a retained message: no position, retain flag set
  uint32_t direct_id = 0;  // its subscription identifier
  Position stamp = 0;      // and when it came
  Position position = 0;
  Content content;    // of direct ones, and until it was sent once
  std::string group;  // key of the shared group it was taken from, or ""
};

// A retained message on its way to a new subscriber.
struct Direct {
  Content content;
  uint8_t qos = 0;
  uint32_t subscription_id = 0;
  Position stamp = 0;  // how many messages there were when it came
};

struct PendingWill {
  Content message;
  uint32_t delay = 0;
};

struct Session {
  std::string client_id;
  std::string user;
  mqtt::Version version = mqtt::Version::v5;
  uint32_t expiry = 0;  // seconds after the connection ends; kNever
  Position born = 1;    // messages before it were sent to an earlier session
  Connection* connection = nullptr;
  WallTime detached{};  // while there is no connection
  MonoTime expires_at{};
  std::map<std::string, Subscription, std::less<>> subscriptions;
  bool has_ids = false;  // some subscription has an identifier
  std::vector<Group*> groups;
  Backlog backlog;
  std::vector<Direct> direct;
  std::deque<InFlight> inflight;  // in the order in which they were first sent
  size_t active = 0;              // of them, how many are out on this connection
  size_t unsent = 0;              // and how many are still to be sent again on it
  uint16_t last_id = 0;
  std::unordered_map<uint16_t, Position> received2;  // QoS 2 from the client, not yet released
  std::unique_ptr<PendingWill> will;
  MonoTime will_at{};  // while the will waits for its delay
  bool queued_for_pump = false;
  bool progress_changed = false;
  bool over = false;         // ended; the object lives until the event is dealt with
  uint64_t match_round = 0;  // scratch of the matcher
  size_t match_slot = 0;
  uint64_t messages_in = 0;
  uint64_t messages_out = 0;
  uint64_t dropped = 0;

  bool persistent() const { return expiry > 0; }
};

}  // namespace oree::broker
