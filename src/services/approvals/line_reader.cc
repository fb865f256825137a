#include "services/approvals/line_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/text.h"

namespace oree::approvals {
namespace {

constexpr size_t kMostName = 64;
constexpr int64_t kLastMs = 253'402'300'799'999;  // 9999-12-31

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

// The code point at the front and its length; length 0 when it is no UTF-8 (RFC 3629).
struct CodePoint {
  char32_t value = 0;
  size_t length = 0;
};
CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  char32_t value = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  static constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[length] || value > 0x10FFFF || surrogate) return {};
  return {value, length};
}

// What ends a line or changes its direction somewhere, so that what is read is not what is signed.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMostName && std::ranges::all_of(text, is_name_letter);
}

bool is_line(std::string_view text, size_t most) {
  if (text.empty() || text.size() > most) return false;
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    if (point.length == 0 || is_control(point.value)) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

std::string score_text(double value) {
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.17g", value);
  return {buffer.data(), static_cast<size_t>(length)};
}

std::string amount_text(double value) {
  std::array<char, 400> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr;
  return {buffer.data(), end};
}

LineReader::LineReader(std::string_view text, std::string_view header, size_t most)
    : rest_(text), header_(header) {
  if (text.size() > most) {
    mistake("", cat("may have ", most, " bytes, has ", text.size()));
  } else if (!text.starts_with(header) || text.substr(header.size(), 1) != "\n") {
    mistake("", "does not start with its header line");
  } else {
    rest_.remove_prefix(header.size() + 1);
  }
}

void LineReader::mistake(std::string_view key, std::string_view what) {
  if (!mistake_.empty()) return;
  mistake_ = key.empty() ? cat("a text of ", header_, " ", what)
                         : cat("a text of ", header_, ": '", key, "' ", what);
  rest_ = {};
}

std::string_view LineReader::line(std::string_view key) {
  const size_t end = rest_.find('\n');
  const std::string_view line = rest_.substr(0, end);
  const bool named = line.size() > key.size() + 1 && line.starts_with(key) && line[key.size()] == ' ';
  if (end == std::string_view::npos || !named) {
    mistake(key, "is missing, empty or not in its place");
    return {};
  }
  rest_.remove_prefix(end + 1);
  return line.substr(key.size() + 1);
}

std::string LineReader::name(std::string_view key) {
  const std::string_view text = line(key);
  if (!is_name(text)) mistake(key, "must be 1 to 64 letters, digits, '.', '_' or '-'");
  return std::string(text);
}

std::string LineReader::line(std::string_view key, size_t most) {
  const std::string_view text = line(key);
  if (!is_line(text, most)) mistake(key, cat("must be one line of at most ", most, " bytes in UTF-8"));
  return std::string(text);
}

crypto::Digest LineReader::digest(std::string_view key) {
  const std::string_view text = line(key);
  const auto digest = crypto::parse_digest(text);
  if (!digest || digest->hex() != text) {
    mistake(key, "must be a SHA-256 digest, 64 hex digits");
    return {};
  }
  return *digest;
}

double LineReader::score(std::string_view key) {
  const std::string_view text = line(key);
  const auto value = parse_number<double>(text);
  if (!value || !std::isfinite(*value) || score_text(*value) != text) {
    mistake(key, "must be a number with 17 digits");
    return 0;
  }
  return *value;
}

int64_t LineReader::time(std::string_view key) {
  const std::string_view text = line(key);
  const auto value = parse_number<int64_t>(text);
  if (!value || *value < 0 || *value > kLastMs || cat(*value) != text) {
    mistake(key, "must be a time in milliseconds since 1970");
    return 0;
  }
  return *value;
}

Status LineReader::finish() {
  if (!rest_.empty()) mistake("", "has more lines than it should");
  if (!mistake_.empty()) return fail(ErrorKind::invalid, mistake_);
  return {};
}

}  // namespace oree::approvals
