// Small text work that every room needs: joining, trimming, numbers both ways, close names.
// Pure functions; no locale: numbers always use '.', and parsing takes the whole text or nothing.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace oree {

namespace detail {
inline void append(std::string& out, std::string_view text) {
  out += text;
}
inline void append(std::string& out, char c) {
  out += c;
}
template <std::same_as<bool> T>
void append(std::string& out, T value) {
  out += value ? "true" : "false";
}
template <class T>
  requires((std::integral<T> && !std::same_as<T, bool>) || std::floating_point<T>)
void append(std::string& out, T value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}
}  // namespace detail

// cat("model '", name, "' has ", n, " inputs"): numbers print shortest, exactly.
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

// Whole-text parse: nullopt for empty text, trailing characters or overflow.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string lower(std::string_view text);              // ASCII only
bool iequals(std::string_view a, std::string_view b);  // ASCII only
std::string fixed(double value, int decimals);         // "3.14"

// The candidate nearest to `word` by edit distance, if near enough to be a slip of the finger.
std::optional<std::string> closest(std::string_view word, std::span<const std::string> candidates);

// "; did you mean 'folder'?" or "" when nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace oree
