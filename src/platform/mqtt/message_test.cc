#include "platform/mqtt/message.h"

#include <doctest/doctest.h>

using namespace oree;
using namespace oree::mqtt;

namespace {

Message whole_message() {
  Message message;
  message.topic = "plant/1/speed";
  message.payload = {std::byte{1}, std::byte{0}, std::byte{255}};
  message.qos = 2;
  message.retain = true;
  message.sender = "robot-1";
  message.user = "ann";
  message.received = WallTime(microseconds(1'700'000'000'123'456));
  message.expiry_seconds = 60;
  message.packet_id = 77;
  message.payload_is_utf8 = true;
  message.content_type = "application/json";
  message.response_topic = "answers";
  message.correlation = {std::byte{9}};
  message.user_properties = {{"a", "1"}, {"a", ""}};
  return message;
}

}  // namespace

TEST_CASE("AMessageComesBackAsItWasStored") {
  for (const Message& message : {whole_message(), Message{}, Message{.topic = "t", .qos = 1}}) {
    const auto back = parse_message(print_message(message));
    REQUIRE(back);
    CHECK(*back == message);
  }
}

TEST_CASE("TheStoredFormIsTheOneTheHeaderPromises") {
  Message message{
      .topic = "t", .payload = {std::byte{'x'}}, .qos = 1, .received = WallTime(microseconds(258))};
  CHECK(to_hex(print_message(message)) ==
        "01010201000000000000"
        "0000"
        "0000"
        "0100"
        "74"
        "0000"
        "0000"
        "0000"
        "0000"
        "78");
}

TEST_CASE("WhatIsCutShortIsCorrupt") {
  const ByteBuffer stored = print_message(whole_message());
  const size_t head = stored.size() - 3;  // the payload may have any length
  for (size_t size = 0; size < head; ++size) {
    const auto parsed = parse_message(ByteView(stored).first(size));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::corrupt);
  }
  ByteBuffer other = stored;
  other[0] = std::byte{2};
  CHECK_FALSE(parse_message(other));
  other = stored;
  other[1] = std::byte{0x83};
  CHECK_FALSE(parse_message(other));
}

TEST_CASE("AMessageExpiresWhenItsSecondsAreOver") {
  Message message = whole_message();
  CHECK_FALSE(message.expired(message.received + std::chrono::milliseconds(59'999)));
  CHECK(message.expired(message.received + std::chrono::seconds(60)));
  message.expiry_seconds.reset();
  CHECK_FALSE(message.expired(message.received + std::chrono::hours(1'000'000)));
}
