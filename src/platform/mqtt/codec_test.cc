#include "platform/mqtt/codec.h"

#include <doctest/doctest.h>

#include <string>

using namespace oree;
using namespace oree::mqtt;

namespace {

ByteBuffer hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits += c;
  }
  return from_hex(digits).value();
}

ByteBuffer encoded(const Packet& packet, Version version) {
  ByteBuffer out;
  encode(packet, version, out);
  return out;
}

Reason refused(std::string_view bytes, Version version) {
  const ByteBuffer buffer = hex(bytes);
  const auto frame = split_frame(buffer, 1 << 20);
  if (!frame) return frame.error().reason;
  REQUIRE(*frame);
  const auto packet = decode(**frame, version);
  return packet ? Reason::success : packet.error().reason;
}

template <class T>
T decoded(const ByteBuffer& buffer, Version version) {
  const auto frame = split_frame(buffer, kLargestRemaining);
  REQUIRE(frame);
  REQUIRE(*frame);
  CHECK((*frame)->size == buffer.size());
  auto packet = decode(**frame, version);
  REQUIRE_MESSAGE(packet, packet.error().what);
  return std::get<T>(*packet);
}

Connect whole_connect() {
  Connect c;
  c.clean_start = false;
  c.keep_alive = 30;
  c.client_id = "robot";
  c.user = "ann";
  c.password = as_bytes("secret");
  c.will.emplace();
  c.will->topic = "gone";
  c.will->payload = as_bytes("bye");
  c.will->qos = 2;
  c.will->retain = true;
  c.will->properties.will_delay = 5;
  c.will->properties.user_properties = {{"a", "b"}};
  c.properties.session_expiry = 100;
  c.properties.receive_maximum = 7;
  c.properties.topic_alias_maximum = 3;
  return c;
}

}  // namespace

TEST_CASE("AConnectComesBackWhole") {
  const ByteBuffer bytes = encoded(whole_connect(), Version::v5);
  const auto back = decoded<Connect>(bytes, Version::v311);
  CHECK(back.version == Version::v5);
  CHECK_FALSE(back.clean_start);
  CHECK(back.keep_alive == 30);
  CHECK(back.client_id == "robot");
  CHECK(back.user == "ann");
  CHECK(as_text(back.password.value()) == "secret");
  REQUIRE(back.will);
  CHECK(back.will->topic == "gone");
  CHECK(back.will->qos == 2);
  CHECK(back.will->retain);
  CHECK(back.will->properties.will_delay == 5);
  CHECK(back.will->properties.user_properties.at(0).second == "b");
  CHECK(back.properties.receive_maximum == 7);
  CHECK(encoded(back, Version::v5) == bytes);
}

TEST_CASE("A311ConnectHasTheBytesOfTheSpecification") {
  Connect c;
  c.version = Version::v311;
  c.keep_alive = 10;
  c.client_id = "ab";
  CHECK(to_hex(encoded(c, Version::v311)) == "100e00044d5154540402000a00026162");
}

TEST_CASE("APublishCarriesItsProperties") {
  Publish p;
  p.qos = 1;
  p.id = 258;
  p.retain = true;
  p.topic = "a/b";
  p.payload = as_bytes("hello");
  p.properties.message_expiry = 9;
  p.properties.subscription_ids = {1, 200};
  p.properties.correlation = as_bytes("c");
  const ByteBuffer bytes = encoded(p, Version::v5);
  CHECK(bytes.size() == encoded_size(p, Version::v5));
  const auto back = decoded<Publish>(bytes, Version::v5);
  CHECK(back.properties.subscription_ids == std::vector<uint32_t>{1, 200});
  CHECK(back.properties.message_expiry == 9);
  CHECK(as_text(back.payload) == "hello");
  CHECK(to_hex(encoded(p, Version::v311)) == "330c0003612f62010268656c6c6f");
}

TEST_CASE("AcknowledgementsAreAsShortAsTheyMayBe") {
  CHECK(to_hex(encoded(Ack{PacketType::puback, 5}, Version::v5)) == "40020005");
  CHECK(to_hex(encoded(Ack{PacketType::pubrel, 5}, Version::v311)) == "62020005");
  CHECK(to_hex(encoded(Ack{PacketType::pubrec, 5, Reason::quota_exceeded}, Version::v5)) == "5003000597");
  CHECK(to_hex(encoded(Ack{PacketType::pubrec, 5, Reason::quota_exceeded}, Version::v311)) == "50020005");
  CHECK(to_hex(encoded(Disconnect{}, Version::v5)) == "e000");
  CHECK(to_hex(encoded(Disconnect{Reason::session_taken_over}, Version::v5)) == "e0018e");
  CHECK(decoded<Ack>(hex("40020005"), Version::v5).reason == Reason::success);
  CHECK(decoded<Ack>(hex("4003000510"), Version::v5).reason == Reason::no_matching_subscribers);
}

TEST_CASE("A311SubackKnowsOneFailureOnly") {
  const SubscribeAnswer answer{PacketType::suback, 1, {Reason::granted_qos1, Reason::not_authorized}};
  CHECK(to_hex(encoded(answer, Version::v311)) == "900400010180");
  CHECK(to_hex(encoded(answer, Version::v5)) == "90050001000187");
}

TEST_CASE("AFrameIsWaitedForOrRefusedEarly") {
  const ByteBuffer bytes = encoded(whole_connect(), Version::v5);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto frame = split_frame(ByteView(bytes).first(size), 1000);
    REQUIRE(frame);
    CHECK_FALSE(*frame);
  }
  CHECK(split_frame(hex("30ffff7f"), 1000).error().reason == Reason::packet_too_large);
  CHECK(split_frame(hex("30ffffffff"), 1000).error().reason == Reason::malformed_packet);
  CHECK(split_frame(hex("00"), 1000).error().reason == Reason::malformed_packet);
  CHECK(split_frame(hex("80"), 1000).error().reason == Reason::malformed_packet);
  CHECK(split_frame(hex("c1"), 1000).error().reason == Reason::malformed_packet);
  const ByteBuffer ten = hex("30080001617878787878");
  CHECK(split_frame(ten, 10).value().has_value());
  CHECK_FALSE(split_frame(ten, 9));
}

TEST_CASE("WhatTheSpecificationForbidsIsRefusedWithItsReason") {
  struct Row {
    const char* statement;
    const char* bytes;
    Version version;
    Reason reason;
  };
  const Version v3 = Version::v311;
  const Version v5 = Version::v5;
  const Row rows[] = {
      {"3.1.2-1 wrong protocol name", "100c 0004 4d515458 05 02 000a 00 0000", v5,
       Reason::unsupported_version},
      {"3.1.2-2 level 6", "100d 0004 4d515454 06 02 000a 00 0000", v5, Reason::unsupported_version},
      {"3.1.2-3 reserved flag", "100d 0004 4d515454 05 03 000a 00 0000", v5, Reason::malformed_packet},
      {"3.1.2-11 will QoS without will", "100d 0004 4d515454 05 0a 000a 00 0000", v5,
       Reason::malformed_packet},
      {"3.1.2-22 password without user", "100e 0004 4d515454 04 42 000a 0000 0000", v3,
       Reason::malformed_packet},
      {"2.1.4 property twice", "1017 0004 4d515454 05 02 000a 0a 11 00000001 11 00000001 0000", v5,
       Reason::protocol_error},
      {"receive maximum 0", "1010 0004 4d515454 05 02 000a 03 21 0000 0000", v5, Reason::protocol_error},
      {"auth data without method", "1011 0004 4d515454 05 02 000a 04 16 0001 00 0000", v5,
       Reason::protocol_error},
      {"topic alias 0", "3008 0001 61 03 23 0000 78", v5, Reason::topic_alias_invalid},
      {"3.3.2-2 wildcard in topic", "3005 0003 612f 23", v3, Reason::topic_name_invalid},
      {"3.3.1-2 dup with QoS 0", "3803 0001 61", v3, Reason::malformed_packet},
      {"3.3.1-4 QoS 3", "3605 0001 61 0001", v3, Reason::malformed_packet},
      {"2.2.1-2 id 0", "3205 0001 61 0000", v3, Reason::malformed_packet},
      {"no topic, no alias", "3003 0000 00", v5, Reason::protocol_error},
      {"3.3.2-14 wildcard in response topic", "3009 0001 61 04 08 0001 2b 78", v5, Reason::protocol_error},
      {"payload format 2", "3006 0001 61 02 01 02", v5, Reason::protocol_error},
      {"unknown property", "3006 0001 61 02 7f 00", v5, Reason::malformed_packet},
      {"property of another packet", "3009 0001 61 05 11 00000001", v5, Reason::malformed_packet},
      {"1.5.4-2 U+0000", "3006 0002 6100 00 78", v5, Reason::malformed_packet},
      {"1.5.4-1 surrogate", "3006 0003 eda080 00", v5, Reason::malformed_packet},
      {"3.8.3-2 no filter", "8203 0001 00", v5, Reason::protocol_error},
      {"3.8.3-5 reserved options", "8207 0001 00 0001 61 40", v5, Reason::malformed_packet},
      {"retain handling 3", "8207 0001 00 0001 61 30", v5, Reason::protocol_error},
      {"v3 reserved options", "8206 0001 0001 61 04", v3, Reason::malformed_packet},
      {"3.8.1-1 flags of SUBSCRIBE", "8006 0001 0001 61 00", v3, Reason::malformed_packet},
      {"subscription id 0", "8209 0001 02 0b 00 0001 61 00", v5, Reason::protocol_error},
      {"3.10.3-2 no filter", "a203 0001 00", v5, Reason::protocol_error},
      {"ack with a foreign reason", "4003 0001 92", v5, Reason::protocol_error},
      {"v3 ack with a reason", "4003 0001 00", v3, Reason::malformed_packet},
      {"ping with a body", "c001 00", v5, Reason::malformed_packet},
      {"v3 disconnect with a body", "e001 00", v3, Reason::malformed_packet},
      {"AUTH in 3.1.1", "f000", v3, Reason::protocol_error},
      {"AUTH without method", "f000", v5, Reason::protocol_error},
      {"property length too long", "3005 0001 61 05 01", v5, Reason::malformed_packet},
      {"varint not shortest", "3006 0001 61 8000 78", v5, Reason::malformed_packet},
  };
  for (const Row& row : rows) {
    CAPTURE(row.statement);
    CHECK(refused(row.bytes, row.version) == row.reason);
  }
}

TEST_CASE("EveryPacketSurvivesTheWayThereAndBack") {
  Properties told;
  told.reason_string = "because";
  told.user_properties = {{"k", "v"}, {"k", "v"}};
  const Packet packets[] = {
      Connack{true, Reason::success, 0, told},
      Ack{PacketType::pubcomp, 9, Reason::packet_id_not_found, told},
      Subscribe{3, {{"a/#", 2, true, true, 2}, {"b", 0, false, false, 1}}, {}},
      SubscribeAnswer{PacketType::unsuback, 3, {Reason::no_subscription_existed}, told},
      Unsubscribe{4, {"a/#", "b"}, {}},
      Ping{PacketType::pingresp},
      Disconnect{Reason::server_busy, told},
  };
  for (const Packet& packet : packets) {
    const ByteBuffer bytes = encoded(packet, Version::v5);
    const auto frame = split_frame(bytes, 1000);
    REQUIRE(frame);
    const auto back = decode(**frame, Version::v5);
    REQUIRE(back);
    CHECK(back->index() == packet.index());
    CHECK(encoded(*back, Version::v5) == bytes);
  }
}
