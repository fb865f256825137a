#include <algorithm>
#include <array>

#include "platform/mqtt/message.h"
#include "platform/mqtt/wire_reader.h"

namespace oree::mqtt {
namespace {

std::unexpected<Refusal> refuse(Reason reason, const char* what) {
  return std::unexpected(Refusal{reason, what, Version::v5});
}

// Flags of the fixed header that are not free (§2.1.3): bit 1 in three packets, none in the others.
bool flags_fit(uint8_t first) {
  const auto type = static_cast<PacketType>(first >> 4);
  const unsigned flags = first & 0x0fU;
  switch (type) {
    case PacketType::publish:
      return true;
    case PacketType::pubrel:
    case PacketType::subscribe:
    case PacketType::unsubscribe:
      return flags == 2;
    default:
      return flags == 0;
  }
}

template <class T>
Decoded<Packet> finish(WireReader& reader, T&& packet) {
  if (!reader.at_end()) reader.fail(Reason::malformed_packet, "bytes behind the end of the packet");
  if (reader.failed()) return std::unexpected(reader.refusal());
  return Packet(std::forward<T>(packet));
}

uint16_t read_id(WireReader& reader) {
  const uint16_t id = reader.u16();
  if (id == 0) reader.fail(Reason::malformed_packet, "a packet identifier is 0");
  return id;
}

using Codes = std::array<uint8_t, 9>;
constexpr Codes kPubackCodes = {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
constexpr Codes kPubrelCodes = {0x00, 0x92, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};

void check_ack_reason(WireReader& reader, PacketType type, Reason reason) {
  const bool first_half = type == PacketType::puback || type == PacketType::pubrec;
  const Codes& codes = first_half ? kPubackCodes : kPubrelCodes;
  if (std::ranges::find(codes, static_cast<uint8_t>(reason)) == codes.end()) {
    reader.fail(Reason::protocol_error, "an acknowledgement with a reason code it does not have");
  }
}

Decoded<Packet> decode_ack(const Frame& frame, Version version) {
  WireReader reader(frame.body);
  Ack ack;
  ack.type = frame.type();
  ack.id = read_id(reader);
  if (version == Version::v5 && !reader.at_end()) {
    ack.reason = static_cast<Reason>(reader.u8());
    check_ack_reason(reader, ack.type, ack.reason);
    if (!reader.at_end()) read_properties(reader, static_cast<int>(ack.type), ack.properties);
  }
  return finish(reader, std::move(ack));
}

SubscribeEntry read_entry(WireReader& reader, Version version) {
  SubscribeEntry entry;
  entry.filter = reader.text();
  const unsigned options = reader.u8();
  entry.qos = static_cast<uint8_t>(options & 3U);
  if (entry.qos == 3) reader.fail(Reason::malformed_packet, "a subscription with QoS 3");
  if (entry.filter.empty()) reader.fail(Reason::malformed_packet, "an empty topic filter");
  const unsigned reserved = version == Version::v5 ? 0xc0U : 0xfcU;
  if ((options & reserved) != 0)
    reader.fail(Reason::malformed_packet, "reserved subscription options are set");
  if (version == Version::v311) return entry;
  entry.no_local = (options & 4U) != 0;
  entry.retain_as_published = (options & 8U) != 0;
  entry.retain_handling = static_cast<uint8_t>(options >> 4 & 3U);
  if (entry.retain_handling == 3) reader.fail(Reason::protocol_error, "a retain handling of 3");
  return entry;
}

Decoded<Packet> decode_subscribe(const Frame& frame, Version version) {
  WireReader reader(frame.body);
  Subscribe subscribe;
  subscribe.id = read_id(reader);
  if (version == Version::v5) read_properties(reader, static_cast<int>(frame.type()), subscribe.properties);
  if (reader.at_end()) reader.fail(Reason::protocol_error, "a SUBSCRIBE without a filter");
  while (!reader.at_end()) subscribe.entries.push_back(read_entry(reader, version));
  return finish(reader, std::move(subscribe));
}

Decoded<Packet> decode_unsubscribe(const Frame& frame, Version version) {
  WireReader reader(frame.body);
  Unsubscribe unsubscribe;
  unsubscribe.id = read_id(reader);
  if (version == Version::v5) read_properties(reader, static_cast<int>(frame.type()), unsubscribe.properties);
  if (reader.at_end()) reader.fail(Reason::protocol_error, "an UNSUBSCRIBE without a filter");
  while (!reader.at_end()) {
    unsubscribe.filters.push_back(reader.text());
    if (unsubscribe.filters.back().empty()) reader.fail(Reason::malformed_packet, "an empty topic filter");
  }
  return finish(reader, std::move(unsubscribe));
}

Decoded<Packet> decode_subscribe_answer(const Frame& frame, Version version) {
  WireReader reader(frame.body);
  SubscribeAnswer answer;
  answer.type = frame.type();
  answer.id = read_id(reader);
  if (version == Version::v5) read_properties(reader, static_cast<int>(frame.type()), answer.properties);
  while (!reader.at_end() && (version == Version::v5 || answer.type == PacketType::suback)) {
    answer.reasons.push_back(static_cast<Reason>(reader.u8()));
  }
  return finish(reader, std::move(answer));
}

Decoded<Packet> decode_connack(const Frame& frame, Version version) {
  WireReader reader(frame.body);
  Connack connack;
  const uint8_t flags = reader.u8();
  if (flags > 1) reader.fail(Reason::malformed_packet, "reserved flags of CONNACK are set");
  connack.session_present = flags == 1;
  connack.code = reader.u8();
  connack.reason = static_cast<Reason>(connack.code);
  if (version == Version::v5) read_properties(reader, static_cast<int>(frame.type()), connack.properties);
  return finish(reader, std::move(connack));
}

template <class T>
Decoded<Packet> decode_reason_packet(const Frame& frame, Version version) {
  WireReader reader(frame.body);
  T packet;
  if (version == Version::v5 && !reader.at_end()) {
    packet.reason = static_cast<Reason>(reader.u8());
    if (!reader.at_end()) read_properties(reader, static_cast<int>(frame.type()), packet.properties);
  }
  return finish(reader, std::move(packet));
}

Decoded<Packet> decode_auth(const Frame& frame, Version version) {
  if (version == Version::v311) return refuse(Reason::protocol_error, "MQTT 3.1.1 has no AUTH");
  Decoded<Packet> packet = decode_reason_packet<Auth>(frame, version);
  if (packet && !std::get<Auth>(*packet).properties.authentication_method) {
    return refuse(Reason::protocol_error, "an AUTH without a method");
  }
  return packet;
}

Decoded<Packet> decode_ping(const Frame& frame) {
  if (!frame.body.empty()) return refuse(Reason::malformed_packet, "a ping with a body");
  return Packet(Ping{frame.type()});
}

}  // namespace

Decoded<std::optional<Frame>> split_frame(ByteView buffer, uint32_t max_size) {
  if (buffer.empty()) return std::nullopt;
  const auto first = std::to_integer<uint8_t>(buffer[0]);
  if (first < 0x10 || !flags_fit(first))
    return refuse(Reason::malformed_packet, "a fixed header that no packet has");
  size_t length = 0;
  size_t at = 1;
  for (unsigned shift = 0;; shift += 7) {
    if (at >= buffer.size()) return std::nullopt;
    const auto byte = std::to_integer<unsigned>(buffer[at++]);
    length |= static_cast<size_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) break;
    if (shift == 21) return refuse(Reason::malformed_packet, "a remaining length of more than four bytes");
  }
  if (at + length > max_size) return refuse(Reason::packet_too_large, "a packet above the maximum size");
  if (buffer.size() - at < length) return std::nullopt;
  return Frame{first, buffer.subspan(at, length), at + length};
}

Decoded<Publish> decode_publish(const Frame& frame, Version version) {
  WireReader reader(frame.body);
  Publish publish;
  publish.dup = (frame.first & 8U) != 0;
  publish.qos = static_cast<uint8_t>(frame.first >> 1 & 3U);
  publish.retain = (frame.first & 1U) != 0;
  if (publish.qos == 3) return refuse(Reason::malformed_packet, "a PUBLISH with QoS 3");
  if (publish.dup && publish.qos == 0)
    return refuse(Reason::malformed_packet, "a PUBLISH with QoS 0 and DUP");
  publish.topic = reader.text();
  if (publish.qos > 0) publish.id = read_id(reader);
  if (version == Version::v5)
    read_properties(reader, static_cast<int>(PacketType::publish), publish.properties);
  if (reader.failed()) return std::unexpected(reader.refusal());
  if (publish.topic.empty()) {
    if (!publish.properties.topic_alias) return refuse(Reason::protocol_error, "a PUBLISH without a topic");
  } else if (publish.topic.find_first_of("+#") != std::string_view::npos) {
    return refuse(Reason::topic_name_invalid, "a wildcard in a topic name");
  }
  publish.payload = reader.rest();
  return publish;
}

Decoded<Packet> decode(const Frame& frame, Version version) {
  switch (frame.type()) {
    case PacketType::connect:
      return decode_connect(frame.body);
    case PacketType::connack:
      return decode_connack(frame, version);
    case PacketType::publish: {
      Decoded<Publish> publish = decode_publish(frame, version);
      if (!publish) return std::unexpected(publish.error());
      return Packet(std::move(*publish));
    }
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubrel:
    case PacketType::pubcomp:
      return decode_ack(frame, version);
    case PacketType::subscribe:
      return decode_subscribe(frame, version);
    case PacketType::suback:
    case PacketType::unsuback:
      return decode_subscribe_answer(frame, version);
    case PacketType::unsubscribe:
      return decode_unsubscribe(frame, version);
    case PacketType::pingreq:
    case PacketType::pingresp:
      return decode_ping(frame);
    case PacketType::disconnect:
      return decode_reason_packet<Disconnect>(frame, version);
    case PacketType::auth:
      return decode_auth(frame, version);
  }
  return refuse(Reason::malformed_packet, "a packet type that does not exist");
}

}  // namespace oree::mqtt
