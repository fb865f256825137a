// Records as bytes: the payload of a record entry.
#include <limits>

#include "base/text.h"
#include "core/storage/journal/journal_format.h"

namespace oree::storage {
namespace {

constexpr size_t kMaxText = std::numeric_limits<uint16_t>::max();
constexpr size_t kMaxCount = 1024;  // attributes, and blobs, of one record
constexpr size_t kMaxId = 256;

class Printer {
 public:
  template <class T>
  void number(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
  void text(std::string_view text) {
    number(static_cast<uint16_t>(text.size()));
    raw(as_bytes(text));
  }
  void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  ByteBuffer take() { return std::move(bytes_); }

 private:
  ByteBuffer bytes_;
};

class Parser {
 public:
  explicit Parser(ByteView bytes) : left_(bytes) {}
  template <class T>
  T number() {
    T value = 0;
    const ByteView bytes = raw(sizeof(T));
    for (size_t i = 0; i < bytes.size(); ++i) value |= static_cast<T>(static_cast<T>(bytes[i]) << (8 * i));
    return value;
  }
  std::string_view text() { return as_text(raw(number<uint16_t>())); }
  ByteView raw(size_t size) {
    if (size > left_.size()) {
      sound_ = false;
      left_ = {};
      return {};
    }
    const ByteView bytes = left_.first(size);
    left_ = left_.subspan(size);
    return bytes;
  }
  ByteView rest() { return raw(left_.size()); }
  bool sound() const { return sound_; }

 private:
  ByteView left_;
  bool sound_ = true;
};

Status refuse(const Record& record, std::string_view why) {
  return fail(ErrorKind::invalid, cat("record '", std::string_view(record.id).substr(0, kMaxId), "' ", why));
}

}  // namespace

Status check_record(const Record& record) {
  if (record.id.empty()) return fail(ErrorKind::invalid, "a record needs an id");
  if (record.id.size() > kMaxId) return refuse(record, cat("has an id of more than ", kMaxId, " bytes"));
  if (record.attributes.size() > kMaxCount || record.blobs.size() > kMaxCount) {
    return refuse(record, cat("has more than ", kMaxCount, " attributes or blobs"));
  }
  for (const auto& [name, value] : record.attributes) {
    if (name.empty() || name.size() > kMaxText || value.size() > kMaxText) {
      return refuse(record, cat("has an attribute without name or longer than ", kMaxText, " bytes"));
    }
  }
  return {};
}

ByteBuffer print_record(const Record& record) {
  Printer out;
  out.text(record.id);
  out.number(static_cast<uint64_t>(record.time.time_since_epoch().count()));
  out.number(static_cast<uint16_t>(record.attributes.size()));
  for (const auto& [name, value] : record.attributes) {
    out.text(name);
    out.text(value);
  }
  out.number(static_cast<uint16_t>(record.blobs.size()));
  for (const Digest& digest : record.blobs) out.raw(digest.bytes);
  out.raw(as_bytes(record.body));
  return out.take();
}

std::optional<RecordView> parse_record(ByteView payload) {
  Parser in(payload);
  RecordView record;
  record.id = in.text();
  record.time = WallTime(microseconds(static_cast<int64_t>(in.number<uint64_t>())));
  const size_t attributes = in.number<uint16_t>();
  for (size_t i = 0; i < attributes && in.sound(); ++i) {
    const std::string_view name = in.text();
    record.attributes.emplace_back(name, in.text());
  }
  const size_t blobs = in.number<uint16_t>();
  for (size_t i = 0; i < blobs && in.sound(); ++i) {
    Digest digest;
    const ByteView bytes = in.raw(digest.bytes.size());
    std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
    record.blobs.push_back(digest);
  }
  record.body = as_text(in.rest());
  if (!in.sound() || record.id.empty()) return std::nullopt;
  return record;
}

}  // namespace oree::storage
