#include "platform/mqtt/message.h"
#include "platform/mqtt/wire_reader.h"

namespace oree::mqtt {
namespace {

constexpr unsigned kReserved = 0x01;
constexpr unsigned kCleanStart = 0x02;
constexpr unsigned kWillFlag = 0x04;
constexpr unsigned kWillQos = 0x18;
constexpr unsigned kWillRetain = 0x20;
constexpr unsigned kPassword = 0x40;
constexpr unsigned kUser = 0x80;

void check_flags(WireReader& reader, unsigned flags, Version version) {
  const auto refuse = [&](const char* what) { reader.fail(Reason::malformed_packet, what); };
  if ((flags & kReserved) != 0) refuse("the reserved flag of CONNECT is set");
  if ((flags & kWillFlag) == 0 && (flags & (kWillQos | kWillRetain)) != 0)
    refuse("will flags without a will");
  if ((flags & kWillQos) == kWillQos) refuse("a will with QoS 3");
  if (version == Version::v311 && (flags & kUser) == 0 && (flags & kPassword) != 0) {
    refuse("a password without a user name");
  }
}

void read_will(WireReader& reader, unsigned flags, Connect& connect) {
  Will& will = connect.will.emplace();
  will.qos = static_cast<uint8_t>((flags & kWillQos) >> 3);
  will.retain = (flags & kWillRetain) != 0;
  if (connect.version == Version::v5) read_properties(reader, kWillProperties, will.properties);
  will.topic = reader.text();
  will.payload = reader.binary();
  if (!reader.failed() && !is_topic_name(will.topic)) {
    reader.fail(Reason::topic_name_invalid, "the will's topic is no topic name");
  }
}

}  // namespace

Decoded<Packet> decode_connect(ByteView body) {
  WireReader reader(body);
  const std::string_view name = as_text(reader.binary());
  const uint8_t level = reader.u8();
  if (reader.failed()) return std::unexpected(reader.refusal());
  const Version answer_in = level >= 5 ? Version::v5 : Version::v311;
  if (name != "MQTT" || level < 4 || level > 5) {
    return std::unexpected(Refusal{Reason::unsupported_version, "neither MQTT 3.1.1 nor 5.0", answer_in});
  }
  Connect connect;
  connect.version = static_cast<Version>(level);
  const unsigned flags = reader.u8();
  check_flags(reader, flags, connect.version);
  connect.clean_start = (flags & kCleanStart) != 0;
  connect.keep_alive = reader.u16();
  if (connect.version == Version::v5) {
    read_properties(reader, static_cast<int>(PacketType::connect), connect.properties);
  }
  connect.client_id = reader.text();
  if ((flags & kWillFlag) != 0) read_will(reader, flags, connect);
  if ((flags & kUser) != 0) connect.user = reader.text();
  if ((flags & kPassword) != 0) connect.password = reader.binary();
  if (!reader.at_end()) reader.fail(Reason::malformed_packet, "bytes behind the end of CONNECT");
  if (reader.failed()) {
    Refusal refusal = reader.refusal();
    refusal.answer_in = answer_in;
    return std::unexpected(refusal);
  }
  return connect;
}

}  // namespace oree::mqtt
