#include "platform/mqtt/message.h"

#include <algorithm>
#include <limits>

namespace oree::mqtt {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kLongest = std::numeric_limits<uint16_t>::max();
constexpr uint8_t kQosBits = 0x03;
constexpr uint8_t kRetain = 0x04;
constexpr uint8_t kPacketId = 0x08;
constexpr uint8_t kExpiry = 0x10;
constexpr uint8_t kUtf8 = 0x20;
constexpr uint8_t kKnownFlags = 0x3f;

template <class T>
void put(ByteBuffer& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<std::byte>(static_cast<uint64_t>(value) >> (8 * i)));
  }
}

void put_bytes(ByteBuffer& out, ByteView bytes) {
  const ByteView kept = bytes.first(std::min(bytes.size(), kLongest));
  put(out, static_cast<uint16_t>(kept.size()));
  out.insert(out.end(), kept.begin(), kept.end());
}

// Takes fields off the front; after the first that is not whole, everything is empty and `ok` is false.
struct FieldReader {
  ByteView left;
  bool ok = true;

  ByteView bytes(size_t count) {
    if (count > left.size()) {
      ok = false;
      left = {};
      return {};
    }
    const ByteView taken = left.first(count);
    left = left.subspan(count);
    return taken;
  }
  template <class T>
  T number() {
    uint64_t value = 0;
    int shift = 0;
    for (const std::byte b : bytes(sizeof(T))) {
      value |= std::to_integer<uint64_t>(b) << shift;
      shift += 8;
    }
    return static_cast<T>(value);
  }
  ByteView field() { return bytes(number<uint16_t>()); }
  std::string_view text() { return as_text(field()); }
};

uint8_t flags_of(const MessageView& message) {
  unsigned flags = static_cast<unsigned>(message.qos) & kQosBits;
  if (message.retain) flags |= kRetain;
  if (message.packet_id != 0) flags |= kPacketId;
  if (message.expiry_seconds) flags |= kExpiry;
  if (message.payload_is_utf8) flags |= kUtf8;
  return static_cast<uint8_t>(flags);
}

MessageView view_of(const Message& message, const ByteBuffer& user_properties) {
  MessageView view;
  view.topic = message.topic;
  view.payload = message.payload;
  view.qos = message.qos;
  view.retain = message.retain;
  view.sender = message.sender;
  view.user = message.user;
  view.received = message.received;
  view.expiry_seconds = message.expiry_seconds;
  view.packet_id = message.packet_id;
  view.payload_is_utf8 = message.payload_is_utf8;
  view.content_type = message.content_type;
  view.response_topic = message.response_topic;
  view.correlation = message.correlation;
  view.user_property_count = static_cast<uint16_t>(std::min(message.user_properties.size(), kLongest));
  view.user_properties = user_properties;
  return view;
}

// The user properties as they lie in the stored form, without a copy.
ByteView skip_user_properties(FieldReader& reader, uint16_t count) {
  const ByteView from = reader.left;
  for (uint32_t i = 0; i < 2U * count && reader.ok; ++i) reader.field();
  return reader.ok ? from.first(from.size() - reader.left.size()) : ByteView{};
}

}  // namespace

bool Message::expired(WallTime now) const {
  return expiry_seconds && now - received >= std::chrono::seconds(*expiry_seconds);
}

void append_user_property(ByteBuffer& out, std::string_view name, std::string_view value) {
  put_bytes(out, as_bytes(name));
  put_bytes(out, as_bytes(value));
}

void print_head(const MessageView& message, ByteBuffer& out) {
  out.reserve(out.size() + 40 + message.sender.size() + message.user.size() + message.topic.size() +
              message.content_type.size() + message.response_topic.size() + message.correlation.size() +
              message.user_properties.size());
  put(out, kVersion);
  put(out, flags_of(message));
  put(out, static_cast<int64_t>(message.received.time_since_epoch().count()));
  if (message.expiry_seconds) put(out, *message.expiry_seconds);
  if (message.packet_id != 0) put(out, message.packet_id);
  for (const std::string_view text :
       {message.sender, message.user, message.topic, message.content_type, message.response_topic}) {
    put_bytes(out, as_bytes(text));
  }
  put_bytes(out, message.correlation);
  put(out, message.user_property_count);
  out.insert(out.end(), message.user_properties.begin(), message.user_properties.end());
}

ByteBuffer print_message(const Message& message) {
  ByteBuffer properties;
  size_t left = kLongest;
  for (const auto& [name, value] : message.user_properties) {
    if (left-- == 0) break;
    append_user_property(properties, name, value);
  }
  ByteBuffer out;
  print_head(view_of(message, properties), out);
  out.insert(out.end(), message.payload.begin(), message.payload.end());
  return out;
}

Result<MessageView> parse_view(ByteView stored) {
  FieldReader reader{stored};
  const auto version = reader.number<uint8_t>();
  const auto flags = reader.number<uint8_t>();
  if (!reader.ok || version != kVersion || (flags & ~kKnownFlags) != 0 || (flags & kQosBits) == 3) {
    return fail(ErrorKind::corrupt, "a stored message begins with bytes that no version of it has");
  }
  MessageView message;
  message.qos = flags & kQosBits;
  message.retain = (flags & kRetain) != 0;
  message.payload_is_utf8 = (flags & kUtf8) != 0;
  message.received = WallTime(microseconds(reader.number<int64_t>()));
  if ((flags & kExpiry) != 0) message.expiry_seconds = reader.number<uint32_t>();
  if ((flags & kPacketId) != 0) message.packet_id = reader.number<uint16_t>();
  message.sender = reader.text();
  message.user = reader.text();
  message.topic = reader.text();
  message.content_type = reader.text();
  message.response_topic = reader.text();
  message.correlation = reader.field();
  message.user_property_count = reader.number<uint16_t>();
  message.user_properties = skip_user_properties(reader, message.user_property_count);
  message.payload = reader.left;
  const bool id_is_zero = (flags & kPacketId) != 0 && message.packet_id == 0;
  if (!reader.ok || id_is_zero) return fail(ErrorKind::corrupt, "a stored message ends before its fields do");
  return message;
}

Message MessageView::copy() const {
  Message message;
  message.topic = topic;
  message.payload.assign(payload.begin(), payload.end());
  message.qos = qos;
  message.retain = retain;
  message.sender = sender;
  message.user = user;
  message.received = received;
  message.expiry_seconds = expiry_seconds;
  message.packet_id = packet_id;
  message.payload_is_utf8 = payload_is_utf8;
  message.content_type = content_type;
  message.response_topic = response_topic;
  message.correlation.assign(correlation.begin(), correlation.end());
  message.user_properties.reserve(user_property_count);
  each_user_property(*this, [&](std::string_view name, std::string_view value) {
    message.user_properties.emplace_back(name, value);
  });
  return message;
}

Result<Message> parse_message(ByteView stored) {
  const Result<MessageView> view = parse_view(stored);
  if (!view) return forward(view);
  return view->copy();
}

}  // namespace oree::mqtt
