#include "services/alerts/labels.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace oree::alerts {

namespace {

constexpr std::string_view kHow[] = {"=", "!=", "=~", "!~"};
constexpr size_t kMaxText = 1024;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

// Each part between .* must come in order, the first at the front and the last at the end.
bool matches_alternative(std::string_view pattern, std::string_view value) {
  bool first = true;
  while (true) {
    const size_t star = pattern.find(".*");
    const std::string_view part = pattern.substr(0, star);
    if (star == pattern.npos)
      return first ? value == part : value.size() >= part.size() && value.ends_with(part);
    const size_t at = first ? (value.starts_with(part) ? 0 : value.npos) : value.find(part);
    if (at == value.npos) return false;
    value.remove_prefix(at + part.size());
    pattern.remove_prefix(star + 2);
    first = false;
  }
}

bool matches_pattern(std::string_view pattern, std::string_view value) {
  const auto alternatives = split(pattern, '|');
  return std::ranges::any_of(alternatives, [&](std::string_view a) { return matches_alternative(a, value); });
}

// What RE2 would read otherwise than we do.
bool is_plain_pattern(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '.' && i + 1 < pattern.size() && pattern[i + 1] == '*') {
      ++i;
      continue;
    }
    if (std::string_view("\\^$*+?()[]{}").find(pattern[i]) != std::string_view::npos) return false;
  }
  return true;
}

bool is_label_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && std::ranges::all_of(name, fits) && !(name[0] >= '0' && name[0] <= '9');
}

}  // namespace

bool matches(const Matcher& matcher, const Labels& labels) {
  const auto found = labels.find(matcher.name);
  const std::string_view value = found == labels.end() ? std::string_view() : found->second;
  switch (matcher.how) {
    case Matcher::How::equal:
      return value == matcher.value;
    case Matcher::How::not_equal:
      return value != matcher.value;
    case Matcher::How::like:
      return matches_pattern(matcher.value, value);
    case Matcher::How::unlike:
      return !matches_pattern(matcher.value, value);
  }
  return false;
}

bool matches_all(std::span<const Matcher> matchers, const Labels& labels) {
  return std::ranges::all_of(matchers, [&](const Matcher& m) { return matches(m, labels); });
}

Result<Matcher> parse_matcher(std::string_view text) {
  const auto mistake = [&](std::string_view why) {
    return fail(ErrorKind::invalid, cat("matcher '", text.substr(0, 100), "' ", why));
  };
  if (text.size() > kMaxText) return mistake("is longer than 1024 bytes");
  const size_t at = text.find_first_of("=!");
  if (at == text.npos) return mistake("must be like machine=\"robot-1\"");
  Matcher out;
  out.name = trim(text.substr(0, at));
  if (!is_label_name(out.name)) return mistake("must begin with a label's name: letters, digits and _");
  std::string_view rest = text.substr(at);
  size_t best = 0;
  for (size_t i = 0; i < std::size(kHow); ++i) {
    if (!rest.starts_with(kHow[i]) || kHow[i].size() <= best) continue;
    best = kHow[i].size();
    out.how = static_cast<Matcher::How>(i);
  }
  if (best == 0) return mistake("must have =, !=, =~ or !~ after the name");
  rest = trim(rest.substr(best));
  if (rest.size() >= 2 && rest.front() == '"' && rest.back() == '"') rest = rest.substr(1, rest.size() - 2);
  if (rest.find_first_of("\"\\\n") != rest.npos)
    return mistake("must have a value without quotes and backslashes inside");
  out.value = rest;
  const bool pattern = out.how == Matcher::How::like || out.how == Matcher::How::unlike;
  if (pattern && !is_plain_pattern(rest)) return mistake("may use | and .* in its pattern, nothing else");
  return out;
}

std::string print(const Matcher& matcher) {
  return cat(matcher.name, kHow[static_cast<size_t>(matcher.how)], quoted(matcher.value));
}

std::string fingerprint(const Labels& labels) {
  uint64_t hash = 14695981039346656037u;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211u;
    hash = (hash ^ 0xFF) * 1099511628211u;
  };
  for (const auto& [name, value] : labels) {
    add(name);
    add(value);
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(16, '0');
  for (size_t i = 16; i-- > 0; hash >>= 4) out[i] = kDigits[hash & 15];
  return out;
}

std::string print(const Labels& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels) out += cat(out.size() > 1 ? ", " : "", name, "=", quoted(value));
  return out + "}";
}

}  // namespace oree::alerts
