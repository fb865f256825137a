#include "services/routes/value.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace oree::routes {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool continues(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// Takes one code point off the front; a byte that begins none is one replacement.
char32_t take(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t code = length == 1   ? first
                  : length == 2 ? first & 0x1F
                  : length == 3 ? first & 0x0F
                                : first & 0x07;
  bool whole = length > 0 && first < 0xF5;
  for (size_t i = 1; whole && i < length; ++i) {
    whole = continues(text, i);
    if (whole) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  whole = whole && code >= kLeast[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  text.remove_prefix(whole ? length : 1);
  return whole ? code : kReplacement;
}

void put(std::string& out, char32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[more] | code >> (6 * more));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
}

bool is_high(char16_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low(char16_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

}  // namespace

std::u16string to_utf16(std::string_view utf8) {
  std::u16string out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const char32_t code = take(utf8);
    if (code < 0x10000) {
      out += static_cast<char16_t>(code);
    } else {
      out += static_cast<char16_t>(0xD7C0 + (code >> 10));
      out += static_cast<char16_t>(0xDC00 | (code & 0x3FF));
    }
  }
  return out;
}

std::string to_utf8(std::u16string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_high(text[i]) && i + 1 < text.size() && is_low(text[i + 1])) {
      put(out, (static_cast<char32_t>(text[i] - 0xD800) << 10) + (text[i + 1] - 0xDC00u) + 0x10000);
      ++i;
    } else {
      put(out, is_high(text[i]) || is_low(text[i]) ? kReplacement : text[i]);
    }
  }
  return out;
}

int compare_ordinal(std::string_view a, std::string_view b) {
  // Bytes sort as UTF-16 units do, unless U+E000 and above meet pairs.
  const auto is_simple = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(a, is_simple) && std::ranges::all_of(b, is_simple)) return a.compare(b);
  return to_utf16(a).compare(to_utf16(b));
}

std::optional<double> number_of(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits[0] != '.' && (digits[0] < '0' || digits[0] > '9'))) return std::nullopt;
  return parse_number<double>(text);
}

}  // namespace oree::routes
