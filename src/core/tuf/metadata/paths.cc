#include "core/tuf/metadata/paths.h"

#include <algorithm>

#include "base/text.h"
#include "platform/crypto/crypto.h"

namespace oree::tuf {
namespace {

// UTF-8 as code points; metadata is valid UTF-8 already, and a stray byte of a caller's path counts as
// itself.
std::u32string code_points(std::string_view text) {
  std::u32string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t k = 1; k < size && i + k < text.size(); ++k)
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3Fu);
    out += point;
    i += size;
  }
  return out;
}

// The place after the ']' that closes the class beginning at `at`; npos when nothing does ('[' is a letter
// then).
size_t end_of_class(std::u32string_view pattern, size_t at) {
  size_t end = at + 1;
  if (end < pattern.size() && pattern[end] == U'!') ++end;
  if (end < pattern.size() && pattern[end] == U']') ++end;
  while (end < pattern.size() && pattern[end] != U']') ++end;
  return end < pattern.size() ? end + 1 : std::u32string_view::npos;
}

// `set` is what stands between the brackets.
bool is_in_class(char32_t c, std::u32string_view set) {
  const bool inverted = set.starts_with(U'!');
  if (inverted) set.remove_prefix(1);
  bool found = false;
  for (size_t i = 0; i < set.size(); ++i) {
    const bool range = i + 2 < set.size() && set[i + 1] == U'-';
    found = found || (range ? set[i] <= c && c <= set[i + 2] : set[i] == c);
    if (range) i += 2;
  }
  return found != inverted;
}

// Matches one character; moves `at` past the piece of the pattern that did.
bool matches_one(char32_t c, std::u32string_view pattern, size_t& at) {
  if (pattern[at] == U'[') {
    const size_t end = end_of_class(pattern, at);
    if (end != std::u32string_view::npos) {
      const bool in = is_in_class(c, pattern.substr(at + 1, end - at - 2));
      at = end;
      return in;
    }
  }
  const bool same = pattern[at] == U'?' || pattern[at] == c;
  ++at;
  return same;
}

// Without recursion: after a mismatch only the last '*' takes one character more, so time is at most the
// product of both lengths.
bool matches_segment(std::u32string_view text, std::u32string_view pattern) {
  size_t t = 0;
  size_t p = 0;
  size_t star = std::u32string_view::npos;
  size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == U'*') {
      star = ++p;
      taken = t;
      continue;
    }
    if (p < pattern.size() && matches_one(text[t], pattern, p)) {
      ++t;
      continue;
    }
    if (star == std::u32string_view::npos) return false;
    p = star;
    t = ++taken;
  }
  while (p < pattern.size() && pattern[p] == U'*') ++p;
  return p == pattern.size();
}

// Hex digits of the largest number.
size_t digits_of(const SuccinctRoles& bins) {
  return (static_cast<size_t>(bins.bits) + 3) / 4;
}

std::string quote(std::string_view text, std::string_view also_kept) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("_.-~").contains(c) || also_kept.contains(c);
    if (kept) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace

bool matches_pattern(std::string_view path, std::string_view pattern) {
  const auto texts = split(path, '/');
  const auto patterns = split(pattern, '/');
  if (texts.size() != patterns.size()) return false;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!matches_segment(code_points(texts[i]), code_points(patterns[i]))) return false;
  }
  return true;
}

bool covers(const Delegation& delegation, std::string_view path) {
  if (delegation.path_hash_prefixes) {
    const std::string digest = crypto::sha256(as_bytes(path)).hex();
    return std::ranges::any_of(*delegation.path_hash_prefixes,
                               [&](const std::string& prefix) { return digest.starts_with(prefix); });
  }
  return delegation.paths && std::ranges::any_of(*delegation.paths, [&](const std::string& pattern) {
           return matches_pattern(path, pattern);
         });
}

std::string bin_of(const SuccinctRoles& bins, std::string_view path) {
  const auto digest = crypto::sha256(as_bytes(path));
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | std::to_integer<uint32_t>(digest.bytes[i]);
  number = static_cast<uint32_t>(uint64_t{number} >> (32 - bins.bits));
  std::string digits(digits_of(bins), '0');
  for (size_t at = digits.size(); at-- > 0; number >>= 4) digits[at] = "0123456789abcdef"[number & 15];
  return cat(bins.prefix, "-", digits);
}

bool is_bin(const SuccinctRoles& bins, std::string_view role) {
  const std::string front = cat(bins.prefix, "-");
  if (!role.starts_with(front) || role.size() != front.size() + digits_of(bins)) return false;
  uint64_t number = 0;
  for (const char c : role.substr(front.size())) {
    const size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) return false;
    number = number << 4 | digit;
  }
  return number < uint64_t{1} << bins.bits;
}

std::string quote_name(std::string_view name) {
  return quote(name, "");
}

std::string quote_path(std::string_view path) {
  return quote(path, "/");
}

bool is_clean_path(std::string_view path) {
  return !path.contains('\0') && std::ranges::none_of(split(path, '/'), [](std::string_view part) {
    return part.empty() || part == "." || part == "..";
  });
}

std::string prefixed_path(std::string_view path, const TargetFile& target) {
  const size_t slash = path.rfind('/');
  const size_t name = slash == std::string_view::npos ? 0 : slash + 1;
  return cat(path.substr(0, name), target.hashes.front().second, ".", path.substr(name));
}

}  // namespace oree::tuf
