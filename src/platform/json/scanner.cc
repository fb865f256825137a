#include "platform/json/scanner.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "platform/json/number.h"

namespace oree::json {
namespace {

constexpr int kMaxDepth = 100;

// The sentences of RapidJSON, which clients of servers that use it have seen.
constexpr const char* kEmpty = "The document is empty.";
constexpr const char* kRoot = "The document root must not be followed by other values.";
constexpr const char* kValue = "Invalid value.";
constexpr const char* kName = "Missing a name for object member.";
constexpr const char* kColon = "Missing a colon after a name of object member.";
constexpr const char* kMember = "Missing a comma or } after an object member.";
constexpr const char* kElement = "Missing a comma or ] after an array element.";
constexpr const char* kQuote = "Missing a closing quotation mark in string.";
constexpr const char* kEscape = "Invalid escape character in string.";
constexpr const char* kControl = "Invalid encoding in string.";
constexpr const char* kHex = "Incorrect hex digit after \\u escape in string.";
constexpr const char* kDepth = "JSON nesting depth exceeds maximum allowed limit (100)";

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool ends_value(char c) {
  return c == ',' || c == ']' || c == '}' || is_space(c);
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

// 16 and more: no hex digit.
unsigned hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10 : 16;
}

unsigned hex_four(const char* at) {
  return hex_digit(at[0]) << 12 | hex_digit(at[1]) << 8 | hex_digit(at[2]) << 4 | hex_digit(at[3]);
}

// Past one escape that starts at the backslash; nullptr with the fault set when it is none.
const char* pass_escape(const char* at, const char* end, const char*& fault) {
  fault = kEscape;
  if (end - at < 2) return nullptr;
  if (at[1] != 'u') return std::strchr("\"\\/bfnrt", at[1]) != nullptr && at[1] != '\0' ? at + 2 : nullptr;
  fault = kHex;
  if (end - at < 6 || !std::all_of(at + 2, at + 6, [](char c) { return hex_digit(c) < 16; })) return nullptr;
  return at + 6;
}

char* put_utf8(char* out, unsigned code) {
  const auto put = [&](unsigned byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return out;
}

// A \u escape or two of them; `at` moves behind.
unsigned take_code(const char*& at, const char* end) {
  const unsigned first = hex_four(at + 2);
  at += 6;
  if (first < 0xD800 || first > 0xDFFF) return first;
  constexpr unsigned kReplacement = 0xFFFD;
  if (first > 0xDBFF || end - at < 6 || at[0] != '\\' || at[1] != 'u') return kReplacement;
  const unsigned second = hex_four(at + 2);
  if (second < 0xDC00 || second > 0xDFFF) return kReplacement;
  at += 6;
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

char plain_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

}  // namespace

size_t unescape(std::string_view raw, char* out) {
  const char* at = raw.data();
  const char* const end = at + raw.size();
  char* const start = out;
  while (at != end) {
    if (*at != '\\') {
      *out++ = *at++;
    } else if (at[1] == 'u') {
      out = put_utf8(out, take_code(at, end));
    } else {
      *out++ = plain_escape(at[1]);
      at += 2;
    }
  }
  return static_cast<size_t>(out - start);
}

Scanner::Scanner(std::string_view text)
    : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), readable_(end_) {
  while (end_ != begin_ && is_space(end_[-1])) --end_;
  space();
  if (at_ == end_) {
    stop(kEmpty);
  } else if ((*at_ != '{' && *at_ != '[') || (end_[-1] != '}' && end_[-1] != ']')) {
    // The bracket at the end is what every loop here stops at.
    stop(*at_ != '{' && *at_ != '[' ? kValue : *at_ == '{' ? kMember : kElement);
  }
}

bool Scanner::stop(const char* fault) {
  if (fault_ == nullptr) fault_ = fault;
  return false;
}

void Scanner::space() {
  while (at_ != end_ && is_space(*at_)) ++at_;
}

bool Scanner::at_value() {
  if (broken()) return false;
  space();
  return at_ != end_;
}

Scanner::Kind Scanner::kind() {
  if (!at_value()) return Kind::nothing;
  switch (*at_) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::text;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      if (*at_ == '-' || number::is_digit(*at_)) return Kind::number;
      stop(kValue);
      return Kind::nothing;
  }
}

bool Scanner::enter(char bracket) {
  if (!at_value() || *at_ != bracket) return false;
  if (++depth_ > kMaxDepth) return stop(kDepth);
  ++at_;
  fresh_ = true;
  return true;
}

bool Scanner::enter_object() {
  return enter('{');
}

bool Scanner::enter_array() {
  return enter('[');
}

// To what comes next inside the bracket, past the comma; false when it closes.
bool Scanner::next(char close, const char* missing) {
  if (broken()) return false;
  space();
  if (at_ == end_) return stop(missing);
  if (*at_ == close) {
    ++at_;
    --depth_;
    fresh_ = false;
    return false;
  }
  if (fresh_) {
    fresh_ = false;
    return true;
  }
  if (*at_ != ',') return stop(missing);
  ++at_;
  space();
  return at_ != end_ || stop(missing);
}

bool Scanner::member(std::string_view& key) {
  if (!next('}', kMember)) return false;
  RawText name;
  if (*at_ != '"') return stop(kName);
  if (!take_string(name)) return false;
  space();
  if (at_ == end_ || *at_ != ':') return stop(kColon);
  ++at_;
  key = name.raw;
  if (name.escaped && name.raw.size() <= sizeof key_) key = {key_, unescape(name.raw, key_)};
  return true;
}

bool Scanner::element() {
  return next(']', kElement) && (*at_ != ']' || stop(kValue));
}

// Precondition: at the opening quote.
bool Scanner::take_string(RawText& out) {
  const char* const first = ++at_;
  const auto* quote = static_cast<const char*>(std::memchr(at_, '"', static_cast<size_t>(end_ - at_)));
  if (quote == nullptr) return stop(kQuote);
  out.escaped = std::memchr(first, '\\', static_cast<size_t>(quote - first)) != nullptr;
  if (out.escaped) {
    quote = first;
    while (quote != end_ && *quote != '"') {
      const char* fault = nullptr;
      const char* const past = *quote == '\\' ? pass_escape(quote, end_, fault) : quote + 1;
      if (past == nullptr) return stop(fault);
      quote = past;
    }
    if (quote == end_) return stop(kQuote);
  }
  if (std::any_of(first, quote, is_control)) return stop(kControl);
  out.raw = {first, static_cast<size_t>(quote - first)};
  at_ = quote + 1;
  return true;
}

bool Scanner::take(RawText& out) {
  return at_value() && *at_ == '"' && take_string(out);
}

template <class T>
bool Scanner::take(T& out) {
  if (!at_value() || (*at_ != '-' && !number::is_digit(*at_))) return false;
  const char* const past = take_number(at_, readable_, out);
  if (past == nullptr || past >= end_ || !ends_value(*past)) return false;
  at_ = past;
  return true;
}

bool Scanner::take(bool& out) {
  if (!at_value() || (*at_ != 't' && *at_ != 'f')) return false;
  out = *at_ == 't';
  return skip_word(out ? "true" : "false");
}

bool Scanner::skip_word(std::string_view word) {
  const size_t left = static_cast<size_t>(end_ - at_);
  if (left <= word.size() || std::string_view(at_, word.size()) != word || !ends_value(at_[word.size()])) {
    return stop(kValue);
  }
  at_ += word.size();
  return true;
}

bool Scanner::skip_scalar() {
  RawText text;
  bool boolean = false;
  number::Parts parts;
  switch (kind()) {
    case Kind::text:
      return take_string(text);
    case Kind::boolean:
      return take(boolean);
    case Kind::null:
      return skip_word("null");
    case Kind::number: {
      const char* const past = number::take_parts(at_, readable_, parts);
      if (past == nullptr || past >= end_ || !ends_value(*past)) return stop(kValue);
      at_ = past;
      return true;
    }
    default:
      return stop(kValue);
  }
}

void Scanner::skip() {
  if (enter_object()) {
    std::string_view key;
    while (member(key)) skip();
  } else if (!broken() && enter_array()) {
    while (element()) skip();
  } else if (!broken()) {
    skip_scalar();
  }
}

bool Scanner::looks_numeric() {
  if (!at_value() || *at_ != '[') return false;
  const char* at = at_;
  while (at != end_ && (*at == '[' || is_space(*at))) ++at;
  return at != end_ && *at != '"' && *at != '{';
}

void Scanner::pass_numbers() {
  if (!at_value()) return;
  const char* at = at_;
  size_t open = 0;
  do {
    const auto* const close = static_cast<const char*>(std::memchr(at, ']', static_cast<size_t>(end_ - at)));
    if (close == nullptr) {
      stop(kElement);
      return;
    }
    open += static_cast<size_t>(std::count(at, close, '['));
    if (open == 0) {
      stop(kValue);
      return;
    }
    --open;
    at = close + 1;
  } while (open != 0);
  at_ = at;
}

void Scanner::go(size_t place) {
  at_ = begin_ + place;
  fresh_ = false;
}

bool Scanner::finish() {
  if (broken()) return false;
  space();
  return (depth_ == 0 && at_ == end_) || stop(kRoot);
}

namespace {

// Numbers followed by a comma, as far as they go: where long arrays spend their time. To what stands behind
// the last comma.
template <class T>
const char* take_row(const char* at, const char* readable, T* out, size_t count, size_t& filled) {
  while (filled < count) {
    T number;
    const char* const past = take_number(at, readable, number);
    if (past == nullptr || past >= readable || *past != ',') break;
    out[filled++] = number;
    at = past + 1;
    while (is_space(*at)) ++at;
  }
  return at;
}

}  // namespace

template <class T>
Scanner::Fill Scanner::numbers(T* out, size_t count) {
  if (!at_value() || *at_ != '[') return Fill::wrong_type;
  const auto wrong = [&] {
    if (at_ == end_ ||
        !(*at_ == '"' || *at_ == '{' || *at_ == '-' || std::isalnum(static_cast<unsigned char>(*at_)) != 0))
      stop(kValue);
    return Fill::wrong_type;
  };
  const int outside = depth_;
  size_t filled = 0;
  bool value_may_be_missing = true;  // behind a '['
  while (true) {
    space();
    if (at_ == end_) return wrong();
    if (*at_ == '[') {
      if (++depth_ > kMaxDepth) return stop(kDepth), Fill::wrong_type;
      ++at_;
      value_may_be_missing = true;
      continue;
    }
    if (*at_ != ']' || !value_may_be_missing) {
      const char* const behind = take_row(at_, end_, out, count, filled);
      if (behind != at_) value_may_be_missing = false;
      at_ = behind;
      if (*at_ == '[') continue;
      T number;
      const char* const past = take_number(at_, readable_, number);
      if (past == nullptr || past >= end_ || !ends_value(*past)) return wrong();
      if (filled == count) return Fill::more;
      out[filled++] = number;
      at_ = past;
    }
    // Behind a value, or at the end of an empty array.
    for (space(); at_ != end_ && *at_ == ']'; space()) {
      ++at_;
      if (--depth_ == outside) return filled == count ? Fill::exact : Fill::fewer;
    }
    if (at_ == end_ || *at_ != ',') return stop(kElement), Fill::wrong_type;
    ++at_;
    value_may_be_missing = false;
  }
}

template bool Scanner::take(double&);
template bool Scanner::take(int64_t&);
template bool Scanner::take(uint64_t&);

template Scanner::Fill Scanner::numbers(bool*, size_t);
template Scanner::Fill Scanner::numbers(float*, size_t);
template Scanner::Fill Scanner::numbers(double*, size_t);
template Scanner::Fill Scanner::numbers(int8_t*, size_t);
template Scanner::Fill Scanner::numbers(int16_t*, size_t);
template Scanner::Fill Scanner::numbers(int32_t*, size_t);
template Scanner::Fill Scanner::numbers(int64_t*, size_t);
template Scanner::Fill Scanner::numbers(uint8_t*, size_t);
template Scanner::Fill Scanner::numbers(uint16_t*, size_t);
template Scanner::Fill Scanner::numbers(uint32_t*, size_t);
template Scanner::Fill Scanner::numbers(uint64_t*, size_t);

}  // namespace oree::json
