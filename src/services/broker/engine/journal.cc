#include "services/broker/engine/journal.h"

namespace oree::broker {
namespace {

template <class T>
void put(ByteBuffer& out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<std::byte>(static_cast<uint64_t>(value) >> (8 * i)));
  }
}

void put_text(ByteBuffer& out, std::string_view text) {
  const ByteView bytes = as_bytes(text.substr(0, 0xffff));
  put(out, static_cast<uint16_t>(bytes.size()));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

struct Fields {
  ByteView left;
  bool ok = true;

  ByteView take(size_t count) {
    if (count > left.size()) {
      ok = false;
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
    for (const std::byte b : take(sizeof(T))) {
      value |= std::to_integer<uint64_t>(b) << shift;
      shift += 8;
    }
    return static_cast<T>(value);
  }
  std::string text() { return std::string(as_text(take(number<uint16_t>()))); }
};

}  // namespace

void print_record(const Record& record, ByteBuffer& out) {
  put(out, static_cast<uint8_t>(record.type));
  put(out, record.flags);
  put(out, record.version);
  put(out, record.id);
  put(out, record.extra);
  put(out, record.position);
  put(out, record.number);
  put_text(out, record.name);
  put_text(out, record.text);
  put(out, static_cast<uint32_t>(record.positions.size()));
  for (const Position position : record.positions) put(out, position);
  out.insert(out.end(), record.bytes.begin(), record.bytes.end());
}

Result<Record> parse_record(ByteView stored) {
  Fields fields{stored};
  Record record;
  const auto type = fields.number<uint8_t>();
  record.type = static_cast<RecordType>(type);
  record.flags = fields.number<uint8_t>();
  record.version = fields.number<uint8_t>();
  record.id = fields.number<uint16_t>();
  record.extra = fields.number<uint32_t>();
  record.position = fields.number<uint64_t>();
  record.number = fields.number<uint64_t>();
  record.name = fields.text();
  record.text = fields.text();
  const auto count = fields.number<uint32_t>();
  if (!fields.ok || type == 0 || type > static_cast<uint8_t>(RecordType::clock) ||
      fields.left.size() / sizeof(Position) < count) {
    return fail(ErrorKind::corrupt, "a record of the broker's sessions is not whole");
  }
  record.positions.reserve(count);
  for (uint32_t i = 0; i < count; ++i) record.positions.push_back(fields.number<Position>());
  record.bytes.assign(fields.left.begin(), fields.left.end());
  return record;
}

}  // namespace oree::broker
