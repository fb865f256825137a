// The control packets of MQTT 3.1.1 and 5.0 as values. Texts, bytes and properties are borrowed: from the
// frame when decoded, from the caller when encoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "platform/mqtt/properties.h"
#include "platform/mqtt/reason.h"

namespace oree::mqtt {

enum class Version : uint8_t { v311 = 4, v5 = 5 };

enum class PacketType : uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth,
};

struct Will {
  std::string_view topic;
  ByteView payload;
  uint8_t qos = 0;
  bool retain = false;
  Properties properties;
};

struct Connect {
  Version version = Version::v5;
  bool clean_start = true;
  uint16_t keep_alive = 0;  // seconds, 0: off
  std::string_view client_id;
  std::optional<Will> will;
  std::optional<std::string_view> user;
  std::optional<ByteView> password;
  Properties properties;
};

struct Connack {
  bool session_present = false;
  Reason reason = Reason::success;  // in 3.1.1 encoded by connack_code_v311()
  uint8_t code = 0;                 // as it was on the wire; decoding fills it in, encoding ignores it
  Properties properties;
};

struct Publish {
  bool dup = false;
  uint8_t qos = 0;
  bool retain = false;
  uint16_t id = 0;         // 0 with QoS 0
  std::string_view topic;  // may be empty with a topic alias
  ByteView payload;
  Properties properties;
};

// PUBACK, PUBREC, PUBREL, PUBCOMP.
struct Ack {
  PacketType type = PacketType::puback;
  uint16_t id = 0;
  Reason reason = Reason::success;
  Properties properties;
};

struct SubscribeEntry {
  std::string_view filter;
  uint8_t qos = 0;
  bool no_local = false;
  bool retain_as_published = false;
  uint8_t retain_handling = 0;  // 0 send retained, 1 only if new, 2 never
};

struct Subscribe {
  uint16_t id = 0;
  std::vector<SubscribeEntry> entries;
  Properties properties;
};

// SUBACK (3.1.1: 0, 1, 2, 0x80) and UNSUBACK (3.1.1: without reasons).
struct SubscribeAnswer {
  PacketType type = PacketType::suback;
  uint16_t id = 0;
  std::vector<Reason> reasons;
  Properties properties;
};

struct Unsubscribe {
  uint16_t id = 0;
  std::vector<std::string_view> filters;
  Properties properties;
};

struct Ping {
  PacketType type = PacketType::pingreq;
};

struct Disconnect {
  Reason reason = Reason::success;
  Properties properties;
};

struct Auth {
  Reason reason = Reason::success;
  Properties properties;
};

using Packet = std::variant<Connect, Connack, Publish, Ack, Subscribe, SubscribeAnswer, Unsubscribe, Ping,
                            Disconnect, Auth>;

}  // namespace oree::mqtt
