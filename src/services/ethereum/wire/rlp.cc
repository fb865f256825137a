#include "services/ethereum/wire/rlp.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace oree::ethereum::rlp {

namespace {

constexpr size_t kShort = 55;  // longest payload whose length fits the first byte
constexpr unsigned kString = 0x80, kList = 0xC0;

// Big-endian without leading zeros.
ByteBuffer minimal(uint64_t value) {
  ByteBuffer out;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const auto byte = static_cast<std::byte>(value >> shift);
    if (!out.empty() || byte != std::byte{0}) out.push_back(byte);
  }
  return out;
}

void put(ByteBuffer& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_with_head(ByteBuffer& out, unsigned base, ByteView payload) {
  if (payload.size() <= kShort) {
    out.push_back(static_cast<std::byte>(base + payload.size()));
  } else {
    const ByteBuffer length = minimal(payload.size());
    out.push_back(static_cast<std::byte>(base + kShort + length.size()));
    put(out, length);
  }
  put(out, payload);
}

void put_string(ByteBuffer& out, ByteView value) {
  if (value.size() == 1 && value[0] < std::byte{kString}) {
    out.push_back(value[0]);
  } else {
    put_with_head(out, kString, value);
  }
}

class Parser {
 public:
  Parser(ByteView whole, const Limits& limits) : whole_(whole), limits_(limits) {}

  Result<Item> item(size_t& at, size_t end, unsigned depth) {
    if (++items_ > limits_.items) return wrong(at, "too many items");
    if (depth > limits_.depth) return wrong(at, "lists nested too deeply");
    if (at >= end) return wrong(at, "an item is missing");
    const auto first = std::to_integer<unsigned>(whole_[at]);
    if (first < kString) return Item{.bytes = whole_.subspan(at++, 1)};
    const bool is_list = first >= kList;
    const auto length = payload_length(first - (is_list ? kList : kString), ++at, end);
    if (!length) return forward(length);
    const ByteView payload = whole_.subspan(at, *length);
    if (!is_list) {
      if (payload.size() == 1 && payload[0] < std::byte{kString}) return wrong(at, "not the shortest form");
      at += *length;
      return Item{.bytes = payload};
    }
    return list(at, at + *length, depth);
  }

  std::unexpected<Error> wrong(size_t at, std::string_view what) const {
    return fail(ErrorKind::invalid, cat("RLP at byte ", at, ": ", what));
  }

 private:
  // `at` stands behind the first byte and is moved behind the length.
  Result<size_t> payload_length(unsigned code, size_t& at, size_t end) const {
    size_t length = code;
    if (code > kShort) {
      const size_t digits = code - kShort;
      if (digits > end - at) return wrong(at, "ends inside a length");
      if (whole_[at] == std::byte{0}) return wrong(at, "a length with a leading zero");
      if (digits > 4) return wrong(at, "longer than its input");
      length = 0;
      for (size_t i = 0; i < digits; ++i) length = length << 8 | std::to_integer<size_t>(whole_[at++]);
      if (length <= kShort) return wrong(at, "not the shortest form");
    }
    if (length > end - at) return wrong(at, "longer than its input");
    return length;
  }

  Result<Item> list(size_t& at, size_t end, unsigned depth) {
    Item out{.is_list = true};
    while (at < end) {
      auto inner = item(at, end, depth + 1);
      if (!inner) return forward(inner);
      out.items.push_back(*std::move(inner));
    }
    return out;
  }

  ByteView whole_;
  const Limits& limits_;
  size_t items_ = 0;
};

void print_to(ByteBuffer& out, const Item& item) {
  if (!item.is_list) return put_string(out, item.bytes);
  ByteBuffer body;
  for (const Item& inner : item.items) print_to(body, inner);
  put_with_head(out, kList, body);
}

}  // namespace

Writer& Writer::number(uint64_t value) {
  put_string(body_, minimal(value));
  return *this;
}

Writer& Writer::bytes(ByteView value) {
  put_string(body_, value);
  return *this;
}

Writer& Writer::integer(ByteView big_endian) {
  const auto first = std::ranges::find_if(big_endian, [](std::byte b) { return b != std::byte{0}; });
  return bytes(big_endian.subspan(static_cast<size_t>(first - big_endian.begin())));
}

Writer& Writer::list(const Writer& inner) {
  put_with_head(body_, kList, inner.body_);
  return *this;
}

ByteBuffer Writer::finish() const {
  ByteBuffer out;
  put_with_head(out, kList, body_);
  return out;
}

Result<Item> parse(ByteView bytes, const Limits& limits) {
  Parser parser(bytes, limits);
  size_t at = 0;
  auto item = parser.item(at, bytes.size(), 0);
  if (item && at != bytes.size()) return parser.wrong(at, "more bytes behind the end");
  return item;
}

ByteBuffer print(const Item& item) {
  ByteBuffer out;
  print_to(out, item);
  return out;
}

Result<uint64_t> number(const Item& item) {
  if (item.is_list || item.bytes.size() > 8) return fail(ErrorKind::invalid, "RLP: not a number of 64 bits");
  if (!item.bytes.empty() && item.bytes[0] == std::byte{0}) {
    return fail(ErrorKind::invalid, "RLP: a number with a leading zero");
  }
  uint64_t value = 0;
  for (const std::byte b : item.bytes) value = value << 8 | std::to_integer<uint64_t>(b);
  return value;
}

}  // namespace oree::ethereum::rlp
