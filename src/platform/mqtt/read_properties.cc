#include <array>

#include "platform/mqtt/message.h"
#include "platform/mqtt/wire_reader.h"

namespace oree::mqtt {
namespace {

constexpr uint32_t bit(PacketType type) {
  return 1U << static_cast<unsigned>(type);
}

constexpr uint32_t kWill = 1U << kWillProperties;
constexpr uint32_t kPublish = bit(PacketType::publish);
constexpr uint32_t kConnect = bit(PacketType::connect);
constexpr uint32_t kConnack = bit(PacketType::connack);
constexpr uint32_t kDisconnect = bit(PacketType::disconnect);
constexpr uint32_t kAuth = bit(PacketType::auth);
constexpr uint32_t kAcks = bit(PacketType::puback) | bit(PacketType::pubrec) | bit(PacketType::pubrel) |
                           bit(PacketType::pubcomp) | bit(PacketType::suback) | bit(PacketType::unsuback);
constexpr uint32_t kSubscribe = bit(PacketType::subscribe);
constexpr uint32_t kAll = kWill | kPublish | kConnect | kConnack | kDisconnect | kAuth | kAcks | kSubscribe |
                          bit(PacketType::unsubscribe);

// What each property may stand in (MQTT 5, table 2-4), by identifier.
constexpr auto kMayStandIn = [] {
  std::array<uint32_t, 0x2b> may{};
  for (const size_t id : {0x01U, 0x02U, 0x03U, 0x08U, 0x09U}) may[id] = kPublish | kWill;
  may[0x0b] = kPublish | kSubscribe;
  may[0x11] = kConnect | kConnack | kDisconnect;
  may[0x12] = kConnack;
  may[0x13] = kConnack;
  may[0x15] = may[0x16] = kConnect | kConnack | kAuth;
  may[0x17] = kConnect;
  may[0x18] = kWill;
  may[0x19] = kConnect;
  may[0x1a] = kConnack;
  may[0x1c] = kConnack | kDisconnect;
  may[0x1f] = kConnack | kAcks | kDisconnect | kAuth;
  may[0x21] = may[0x22] = kConnect | kConnack;
  may[0x23] = kPublish;
  may[0x24] = may[0x25] = kConnack;
  may[0x26] = kAll;
  may[0x27] = kConnect | kConnack;
  may[0x28] = may[0x29] = may[0x2a] = kConnack;
  return may;
}();

// One property's value into its field. `repeats` says that it may stand there more than once.
struct ReadValue {
  WireReader& reader;
  bool repeats;

  template <class T>
  bool first(const std::optional<T>& field) const {
    if (field) reader.fail(Reason::protocol_error, "a property stands twice");
    return !field;
  }
  void operator()(std::optional<uint8_t>& field) const {
    if (first(field)) field = reader.u8();
    if (field.value_or(0) > 1) reader.fail(Reason::protocol_error, "a property that is 0 or 1 is neither");
  }
  void operator()(std::optional<uint16_t>& field) const {
    if (first(field)) field = reader.u16();
  }
  void operator()(std::optional<uint32_t>& field) const {
    if (first(field)) field = reader.u32();
  }
  void operator()(std::optional<std::string_view>& field) const {
    if (first(field)) field = reader.text();
  }
  void operator()(std::optional<ByteView>& field) const {
    if (first(field)) field = reader.binary();
  }
  void operator()(std::vector<uint32_t>& field) const {
    if (!repeats && !field.empty()) reader.fail(Reason::protocol_error, "a property stands twice");
    field.push_back(reader.varint());
    if (field.back() == 0) reader.fail(Reason::protocol_error, "a subscription identifier is 0");
  }
  void operator()(std::vector<std::pair<std::string_view, std::string_view>>& field) const {
    const std::string_view name = reader.text();
    field.emplace_back(name, reader.text());
  }
};

void check_values(WireReader& reader, const Properties& p) {
  if (p.receive_maximum == 0) reader.fail(Reason::protocol_error, "a receive maximum is 0");
  if (p.maximum_packet_size == 0U) reader.fail(Reason::protocol_error, "a maximum packet size is 0");
  if (p.topic_alias == 0) reader.fail(Reason::topic_alias_invalid, "a topic alias is 0");
  if (p.response_topic && !is_topic_name(*p.response_topic)) {
    reader.fail(Reason::protocol_error, "a response topic is no topic name");
  }
  if (p.authentication_data && !p.authentication_method) {
    reader.fail(Reason::protocol_error, "authentication data without a method");
  }
}

}  // namespace

void read_properties(WireReader& reader, int type, Properties& properties) {
  const uint32_t length = reader.varint();
  WireReader inner(reader.bytes(length));
  const bool repeats = type == static_cast<int>(PacketType::publish);
  while (!inner.at_end() && !reader.failed()) {
    const uint32_t id = inner.varint();
    if (inner.failed()) break;
    if (id >= kMayStandIn.size() || (kMayStandIn[id] >> type & 1U) == 0) {
      inner.fail(Reason::malformed_packet, "a property that this packet does not have");
      break;
    }
    each_property(properties, [&](uint32_t candidate, auto& field) {
      if (candidate == id) ReadValue{inner, repeats}(field);
    });
  }
  check_values(inner, properties);
  if (inner.failed()) reader.fail(inner.refusal().reason, inner.refusal().what);
}

}  // namespace oree::mqtt
