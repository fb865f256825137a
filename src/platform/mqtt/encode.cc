#include <algorithm>

#include "platform/mqtt/codec.h"

namespace oree::mqtt {
namespace {

// Writes into a buffer, or only counts: one description of every packet serves both.
class Writer {
 public:
  explicit Writer(ByteBuffer* out) : out_(out) {}

  void u8(unsigned value) {
    ++size_;
    if (out_ != nullptr) out_->push_back(static_cast<std::byte>(value));
  }
  void u16(unsigned value) {
    u8(value >> 8 & 0xffU);
    u8(value & 0xffU);
  }
  void u32(uint32_t value) {
    u16(value >> 16);
    u16(value & 0xffffU);
  }
  void varint(size_t value) {
    do {
      const unsigned more = value > 0x7f ? 0x80U : 0U;
      u8(static_cast<unsigned>(value & 0x7f) | more);
      value >>= 7;
    } while (value > 0);
  }
  void raw(ByteView bytes) {
    size_ += bytes.size();
    if (out_ != nullptr) out_->insert(out_->end(), bytes.begin(), bytes.end());
  }
  void binary(ByteView bytes) {
    u16(static_cast<unsigned>(bytes.size()));
    raw(bytes);
  }
  void text(std::string_view value) { binary(as_bytes(value)); }
  size_t size() const { return size_; }

 private:
  ByteBuffer* out_;
  size_t size_ = 0;
};

struct WriteField {
  Writer& to;

  void operator()(unsigned id, const std::optional<uint8_t>& field) const {
    if (!field) return;
    to.u8(id);
    to.u8(*field);
  }
  void operator()(unsigned id, const std::optional<uint16_t>& field) const {
    if (!field) return;
    to.u8(id);
    to.u16(*field);
  }
  void operator()(unsigned id, const std::optional<uint32_t>& field) const {
    if (!field) return;
    to.u8(id);
    to.u32(*field);
  }
  void operator()(unsigned id, const std::optional<std::string_view>& field) const {
    if (!field) return;
    to.u8(id);
    to.text(*field);
  }
  void operator()(unsigned id, const std::optional<ByteView>& field) const {
    if (!field) return;
    to.u8(id);
    to.binary(*field);
  }
  void operator()(unsigned id, const std::vector<uint32_t>& field) const {
    for (const uint32_t value : field) {
      to.u8(id);
      to.varint(value);
    }
  }
  void operator()(unsigned id,
                  const std::vector<std::pair<std::string_view, std::string_view>>& field) const {
    for (const auto& [name, value] : field) {
      to.u8(id);
      to.text(name);
      to.text(value);
    }
  }
};

void write_fields(Writer& to, const Properties& properties) {
  each_property(properties, WriteField{to});
}

void write_properties(Writer& to, const Properties& properties) {
  Writer count(nullptr);
  write_fields(count, properties);
  to.varint(count.size());
  if (count.size() > 0) write_fields(to, properties);
}

bool empty(const Properties& properties) {
  Writer count(nullptr);
  write_fields(count, properties);
  return count.size() == 0;
}

// Fixed header and body; the body is described twice, once to count it.
template <class Body>
void write_packet(ByteBuffer& out, PacketType type, unsigned flags, Body body) {
  Writer count(nullptr);
  body(count);
  Writer to(&out);
  to.u8(static_cast<unsigned>(type) << 4 | flags);
  to.varint(count.size());
  body(to);
}

void write_publish_body(Writer& to, const Publish& packet, Version version) {
  to.text(packet.topic);
  if (packet.qos > 0) to.u16(packet.id);
  if (version == Version::v5) write_properties(to, packet.properties);
  to.raw(packet.payload);
}

void write_will(Writer& to, const Will& will, Version version) {
  if (version == Version::v5) write_properties(to, will.properties);
  to.text(will.topic);
  to.binary(will.payload);
}

unsigned connect_flags(const Connect& packet) {
  unsigned flags = packet.clean_start ? 2U : 0U;
  if (packet.will)
    flags |= 4U | static_cast<unsigned>(packet.will->qos) << 3 | (packet.will->retain ? 0x20U : 0U);
  if (packet.password) flags |= 0x40U;
  if (packet.user) flags |= 0x80U;
  return flags;
}

struct Encode {
  Version version;
  ByteBuffer& out;

  bool v5() const { return version == Version::v5; }

  void operator()(const Connect& packet) const {
    write_packet(out, PacketType::connect, 0, [&](Writer& to) {
      to.text("MQTT");
      to.u8(static_cast<unsigned>(packet.version));
      to.u8(connect_flags(packet));
      to.u16(packet.keep_alive);
      if (packet.version == Version::v5) write_properties(to, packet.properties);
      to.text(packet.client_id);
      if (packet.will) write_will(to, *packet.will, packet.version);
      if (packet.user) to.text(*packet.user);
      if (packet.password) to.binary(*packet.password);
    });
  }
  void operator()(const Connack& packet) const {
    write_packet(out, PacketType::connack, 0, [&](Writer& to) {
      to.u8(packet.session_present ? 1 : 0);
      to.u8(v5() ? static_cast<unsigned>(packet.reason) : connack_code_v311(packet.reason));
      if (v5()) write_properties(to, packet.properties);
    });
  }
  void operator()(const Publish& packet) const { encode(packet, version, out); }
  void operator()(const Ack& packet) const { encode(packet, version, out); }
  void operator()(const Subscribe& packet) const {
    write_packet(out, PacketType::subscribe, 2, [&](Writer& to) {
      to.u16(packet.id);
      if (v5()) write_properties(to, packet.properties);
      for (const SubscribeEntry& entry : packet.entries) {
        to.text(entry.filter);
        unsigned options = entry.qos;
        if (v5()) {
          options |= (entry.no_local ? 4U : 0U) | (entry.retain_as_published ? 8U : 0U) |
                     static_cast<unsigned>(entry.retain_handling) << 4;
        }
        to.u8(options);
      }
    });
  }
  void operator()(const SubscribeAnswer& packet) const {
    write_packet(out, packet.type, 0, [&](Writer& to) {
      to.u16(packet.id);
      if (v5()) write_properties(to, packet.properties);
      if (!v5() && packet.type == PacketType::unsuback) return;
      for (const Reason reason : packet.reasons) {
        to.u8(!v5() && is_error(reason) ? 0x80U : static_cast<unsigned>(reason));
      }
    });
  }
  void operator()(const Unsubscribe& packet) const {
    write_packet(out, PacketType::unsubscribe, 2, [&](Writer& to) {
      to.u16(packet.id);
      if (v5()) write_properties(to, packet.properties);
      for (const std::string_view filter : packet.filters) to.text(filter);
    });
  }
  void operator()(const Ping& packet) const {
    write_packet(out, packet.type, 0, [](Writer&) {});
  }
  void operator()(const Disconnect& packet) const { reason_packet(PacketType::disconnect, packet); }
  void operator()(const Auth& packet) const { reason_packet(PacketType::auth, packet); }

  template <class T>
  void reason_packet(PacketType type, const T& packet) const {
    write_packet(out, type, 0, [&](Writer& to) {
      const bool bare = empty(packet.properties);
      if (!v5() || (bare && packet.reason == Reason::success)) return;
      to.u8(static_cast<unsigned>(packet.reason));
      if (!bare) write_properties(to, packet.properties);
    });
  }
};

}  // namespace

void encode(const Packet& packet, Version version, ByteBuffer& out) {
  std::visit(Encode{version, out}, packet);
}

void encode(const Publish& packet, Version version, ByteBuffer& out) {
  const unsigned flags =
      (packet.dup ? 8U : 0U) | static_cast<unsigned>(packet.qos) << 1 | (packet.retain ? 1U : 0U);
  write_packet(out, PacketType::publish, flags, [&](Writer& to) { write_publish_body(to, packet, version); });
}

void encode(const Ack& packet, Version version, ByteBuffer& out) {
  const unsigned flags = packet.type == PacketType::pubrel ? 2U : 0U;
  write_packet(out, packet.type, flags, [&](Writer& to) {
    to.u16(packet.id);
    const bool bare = empty(packet.properties);
    if (version == Version::v311 || (bare && packet.reason == Reason::success)) return;
    to.u8(static_cast<unsigned>(packet.reason));
    if (!bare) write_properties(to, packet.properties);
  });
}

size_t encoded_size(const Publish& packet, Version version) {
  Writer count(nullptr);
  write_publish_body(count, packet, version);
  const size_t body = count.size();
  count.varint(body);
  return count.size() + 1;
}

}  // namespace oree::mqtt
