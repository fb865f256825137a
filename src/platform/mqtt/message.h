// One message as the house keeps it: what a PUBLISH carries, plus who sent it and when it came. The broker
// writes these into its stream; routes, series and bridges read them from there.
//
// Stored form (little-endian), version 1: u8 version · u8 flags (bits 0-1 qos, 2 retain, 3 has packet id, 4
// has expiry, 5 payload is UTF-8) · i64 received, µs since 1970 · u32 expiry seconds when present · u16
// packet id when present · then length-prefixed fields (u16 length for sender, user, topic, content_type,
// response_topic; u16 + bytes for correlation; u16 count of user properties, each two u16-prefixed strings) ·
// the payload up to the end.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace oree::mqtt {

struct Message {
  std::string topic;
  ByteBuffer payload;
  int qos = 0;  // as it was published
  bool retain = false;
  std::string sender;  // client id; "" when the station itself speaks
  std::string user;    // name it logged in with
  WallTime received{};
  std::optional<uint32_t> expiry_seconds;  // counted from `received`
  uint16_t packet_id = 0;  // of a QoS 2 publish, so that a resend after a restart is known; 0 otherwise
  bool payload_is_utf8 = false;
  std::string content_type;
  std::string response_topic;
  ByteBuffer correlation;
  std::vector<std::pair<std::string, std::string>> user_properties;

  bool expired(WallTime now) const;
  bool operator==(const Message&) const = default;
};

// The same, borrowed: every view points into the bytes it was parsed from, or into the Message.
struct MessageView {
  std::string_view topic;
  ByteView payload;
  int qos = 0;
  bool retain = false;
  std::string_view sender;
  std::string_view user;
  WallTime received{};
  std::optional<uint32_t> expiry_seconds;
  uint16_t packet_id = 0;
  bool payload_is_utf8 = false;
  std::string_view content_type;
  std::string_view response_topic;
  ByteView correlation;
  uint16_t user_property_count = 0;
  ByteView user_properties;  // as they are stored: read them with each_user_property()

  Message copy() const;
};

// Calls visit(name, value) for each.
template <class Visit>
void each_user_property(const MessageView& message, Visit visit) {
  ByteView left = message.user_properties;
  const auto text = [&] {
    const size_t size = std::to_integer<size_t>(left[0]) | std::to_integer<size_t>(left[1]) << 8;
    const std::string_view found = as_text(left.subspan(2, size));
    left = left.subspan(2 + size);
    return found;
  };
  while (!left.empty()) {
    const std::string_view name = text();
    visit(name, text());
  }
}

// Everything before the payload, appended to `out`. What `user_properties` holds must have the stored form;
// fields of more than 65,535 bytes are cut there.
void print_head(const MessageView& message, ByteBuffer& out);
void append_user_property(ByteBuffer& out, std::string_view name, std::string_view value);
Result<MessageView> parse_view(ByteView stored);  // as parse_message(), without a copy

ByteBuffer print_message(const Message& message);
Result<Message> parse_message(
    ByteView stored);  // `corrupt` for anything that print_message() cannot have written

// Topic names and filters as MQTT 5 §4.7 defines them.
bool is_topic_name(std::string_view topic);  // no wildcard, no U+0000, 1 to 65,535 bytes, well-formed UTF-8
bool is_topic_filter(
    std::string_view filter);  // + and # where they may stand; $share/group/filter is not unpacked
bool topic_matches(std::string_view filter, std::string_view topic);  // $-topics match no leading wildcard

}  // namespace oree::mqtt
